"""Columns that together are the target: a sum that it is a part of, or parts that it is the sum of."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from src.data.findings.view import Finding, View
from src.task import Task

_EXPLAINED = 0.9999  # share of the target's variance
_MOST_COLUMNS, _ROWS_PER_COLUMN = 100, 10  # fewer rows, and any target is a combination
_NOTICEABLE = 0.1  # coefficient, the column and the target in standard deviations
_NEARLY_ONE = 0.5  # so far from -1 or 1 may be what least squares make of a coefficient
_COVERED = 0.9  # share of the rows
_MOST_RESTS = 10  # values of what is left; a sum may have charges that are not in the table
_FEWER = 5  # times as many values has the target itself

Numbers = NDArray[np.float64]


def combinations_that_are_the_target(view: View) -> Iterator[Finding]:
    """Grave: for a regression, two or more numeric columns give a target together, by least squares over the train
    rows. They explain 99.99 % of its variance; or, their coefficients rounded to -1, 0 or 1, what is left of the target
    is one of ten values in 90 % of the rows, which is true for the parts of a sum."""
    if view.task is not Task.REGRESSION:
        return
    for target in view.targets:
        names, x, y = _train(view, target)
        if len(names) < 2 or len(y) < _ROWS_PER_COLUMN * len(names) or np.ptp(y) == 0:
            continue
        if (found := _explained(x, y)) is None:
            found = _parts_of_a_sum(names, x, y)
        if found is not None:
            involved = ", ".join(repr(name) for name, each in zip(names, found[0], strict=True) if each)
            yield Finding(
                "grave",
                f"columns {involved} together give the target {target!r} ({found[1]}); leave out those that are not "
                "known before it is",
            )


def _train(view: View, target: str) -> tuple[list[str], Numbers, Numbers]:
    """Columns that vary, and the train rows that have them all."""
    train = view.part == 0
    names = list(view.numeric)[:_MOST_COLUMNS]
    x = np.stack([view.numeric[name][train] for name in names], 1) if names else np.empty((int(train.sum()), 0))
    complete = np.isfinite(x).all(1)
    x, y = x[complete], view.targets[target][train][complete]
    varying = [place for place in range(x.shape[1]) if len(x) and np.ptp(x[:, place]) > 0]
    return [names[place] for place in varying], x[:, varying], y


def _explained(x: Numbers, y: Numbers) -> tuple[Numbers, str] | None:
    """Coefficients and reason, where least squares leave nearly nothing."""
    coefficients = _least_squares(x, y)
    rest = _standardised(y) - _standardised(x) @ coefficients
    coefficients = np.where(np.abs(coefficients) < _NOTICEABLE, 0.0, coefficients)
    if np.var(rest) >= 1 - _EXPLAINED or np.count_nonzero(coefficients) < 2:
        return None
    return coefficients, f"they explain {1 - np.var(rest):.3%} of its variance"


def _parts_of_a_sum(names: list[str], x: Numbers, y: Numbers) -> tuple[Numbers, str] | None:
    """The same, where the target is the sum or difference of columns and of some charge that is in no column."""
    coefficients = _least_squares(x, y)
    in_units = coefficients * y.std() / x.std(0)
    is_one = (np.abs(np.abs(in_units) - 1) < _NEARLY_ONE) & (np.abs(coefficients) >= _NOTICEABLE)
    signs = np.where(is_one, np.sign(in_units), 0.0)
    rests = _values_that_cover(y - x @ signs, y.std())
    for place in np.argsort(np.abs(coefficients)):  # least squares may take a column for one that it only goes with
        fewer = np.where(np.arange(len(signs)) == place, 0.0, signs)
        if signs[place] and (without := _values_that_cover(y - x @ fewer, y.std())) <= rests:
            signs, rests = fewer, without
    if np.count_nonzero(signs) < 2 or rests > _MOST_RESTS or _FEWER * rests > _values_that_cover(y, y.std()):
        return None
    order = sorted(zip(signs, names, strict=True), key=lambda term: -term[0])
    terms = "".join(f" {'-' if sign < 0 else '+'} {name}" for sign, name in order if sign)
    return signs, f"it is {terms.removeprefix(' + ').strip()} plus one of {rests} values in {_COVERED:.0%} of the rows"


def _least_squares(x: Numbers, y: Numbers) -> Numbers:
    """Coefficients, columns and target in standard deviations."""
    coefficients, *_ = np.linalg.lstsq(_standardised(x), _standardised(y), rcond=1e-9)
    return np.asarray(coefficients, np.float64)


def _standardised(values: Numbers) -> Numbers:
    return np.asarray((values - values.mean(0)) / values.std(0), np.float64)


def _values_that_cover(values: Numbers, unit: float) -> int:
    """How many values, rounded to a thousandth of `unit`, it takes to cover 90 % of the rows."""
    _, counts = np.unique((values / (1e-3 * unit)).round(), return_counts=True)
    shares = np.cumsum(np.sort(counts)[::-1]) / len(values)
    return int(np.searchsorted(shares, _COVERED)) + 1
