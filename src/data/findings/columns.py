"""Columns that say the same, that differ between the parts, that hold numbers which are none."""

import itertools
from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from src.data.encoders.datetimes import DAYS
from src.data.findings.view import Finding, View, ranks
from src.data.table import Table

_RANK_CORRELATION = 0.999
_MOST_COLUMNS, _ROWS_OF_PAIRS = 300, 20_000  # compared in pairs
_CHANCE = 0.001  # of a false alarm, over all columns of a table
_LEAST_SHIFT = 0.1  # a smaller one does no harm
_LEAST_REPEATED = 3
_LEAST_OTHERS = 10  # different values beside the suspicious one
_EMPTY_DATES = ("0001-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1970-01-01", "2999-12-31", "9999-12-31")


def columns_that_say_the_same(view: View) -> Iterator[Finding]:
    """Warning: two numeric columns with |rank correlation| > 0.999, missing cells ranked lowest, over 20,000 rows of
    the first 300; or two categorical ones whose values belong together one to one."""
    names, step = list(view.numeric)[:_MOST_COLUMNS], -(-len(view.part) // _ROWS_OF_PAIRS)
    if len(names) > 1:
        filled = np.stack([ranks(np.nan_to_num(view.numeric[name], nan=-np.inf)[::step]) for name in names])
        filled -= filled.mean(1, keepdims=True)
        norms = np.maximum(np.linalg.norm(filled, axis=1), 1e-9)
        similar = np.abs(filled @ filled.T / np.outer(norms, norms)) > _RANK_CORRELATION
        for one, other in zip(*np.nonzero(np.triu(similar, 1)), strict=True):
            yield Finding("warning", f"columns {names[one]!r} and {names[other]!r} say the same; leave one out")
    for one, other in itertools.combinations(list(view.categorical)[:_MOST_COLUMNS], 2):
        if _one_to_one(view.categorical[one], view.categorical[other]):
            yield Finding("warning", f"columns {one!r} and {other!r} say the same; leave one out")


def shifted_columns(view: View, by_time: bool = False) -> Iterator[Finding]:
    """Warning: a column, missing cells included, or the target is distributed otherwise in the validation or test rows
    than in train. The largest difference of the cumulative distributions (Kolmogorov-Smirnov; of one share, for
    categories) is over 0.1 and over what chance gives in one of 1000 tables. `by_time`: rows are split by time, so that
    dates are later in any case."""
    targets = {f"{name} (target)": y for name, y in view.targets.items()}
    numeric = {name: each for name, each in view.numeric.items() if not (by_time and name.endswith(DAYS))}
    columns = {**numeric, **view.categorical, **targets}
    for name, values in columns.items():
        for number, part in ((1, "validation"), (2, "test")):
            train, other = values[view.part == 0], values[view.part == number]
            shift = _shares(train, other) if name in view.categorical else _kolmogorov_smirnov(train, other)
            bound = _bound(len(train), len(other), len(columns))
            if shift > max(_LEAST_SHIFT, bound):
                yield Finding(
                    "warning",
                    f"column {name!r} is distributed otherwise in the {part} rows (difference {shift:.2f}, by chance "
                    f"at most {bound:.2f}); if the rows have an order in time, that is what the future will be like",
                )


def sentinels(view: View) -> Iterator[Finding]:
    """Warning: a number that seems to mean "missing" (`suspicious`)."""
    for name, column in view.numeric.items():
        for value in suspicious(column[np.isfinite(column)]):
            yield Finding(
                "warning",
                f"column {name!r}: {value:g} stands far from the rest in {int((column == value).sum())} rows; if it "
                f"means missing, list it under dataset.missing.markers",
            )


def empty_dates(table: Table) -> Iterator[Finding]:
    """Warning: text that begins with 1900-01-01, 1970-01-01, 9999-12-31 or the like, in at least 3 rows."""
    for column in (table[name] for name, dtype in table.schema.items() if dtype == pl.String):
        for date in _EMPTY_DATES:
            count = column.str.starts_with(date).sum()
            if count >= _LEAST_REPEATED:
                yield Finding("warning", f"column {column.name!r}: {date} in {count} rows seems to mean missing")


def suspicious(values: NDArray[np.float64]) -> list[float]:
    """The smallest or largest value, if it occurs at least 3 times, at least 10 different ones are beside it, and it is
    the only negative one, or is written with nines only (-999) and lies a tenth of the others' range away from them, or
    lies farther away than their whole range."""
    distinct, counts = np.unique(values, return_counts=True)
    if len(distinct) <= _LEAST_OTHERS:
        return []
    found = []
    for value, count, others in (
        (float(distinct[0]), counts[0], distinct[1:]),
        (float(distinct[-1]), counts[-1], distinct[:-1]),
    ):
        gap, spread = float(np.abs(others - value).min()), float(np.ptp(others))
        nines = value == round(value) and len(str(int(abs(value)))) > 1 and set(str(int(abs(value)))) == {"9"}
        lonely = value < 0 <= others.min() and value == round(value)
        if count >= _LEAST_REPEATED and (lonely or (nines and gap > 0.1 * spread) or gap > spread):
            found.append(value)
    return found


def _one_to_one(a: NDArray[np.int64], b: NDArray[np.int64]) -> bool:
    pairs = len(np.unique(a * (b.max() + 1) + b))
    return 1 < pairs == len(np.unique(a)) == len(np.unique(b))


def _kolmogorov_smirnov(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    a, b = (np.sort(np.nan_to_num(each, nan=-np.inf)) for each in (a, b))
    places = np.concatenate([a, b])
    below = (np.searchsorted(each, places, side="right") / len(each) for each in (a, b))
    return float(np.abs(next(below) - next(below)).max())


def _shares(a: NDArray[np.int64], b: NDArray[np.int64]) -> float:
    width = int(max(a.max(), b.max())) + 1
    return float(np.abs(np.bincount(a, minlength=width) / len(a) - np.bincount(b, minlength=width) / len(b)).max())


def _bound(n: int, m: int, tests: int) -> float:
    return float(np.sqrt(-np.log(_CHANCE / tests / 4) / 2 * (n + m) / (n * m)))
