"""Columns that are the target in another dress."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from src.data.findings.view import Finding, View, ranks
from src.task import Task

_RANK_CORRELATION = 0.999
_EXPLAINED = 0.999  # share of the target's variance between the values of a category
_WRONG = 0.001  # share of the rows that a single column may predict wrongly
_LEAST_ROWS = 20
_ROWS_PER_VALUE = 5  # fewer, and each value tells its row, not the target


def copies_of_the_target(view: View) -> Iterator[Finding]:
    """Grave: one column alone predicts a target nearly perfectly, over at least 20 rows that have it.

    Regression: |rank correlation| > 0.999 (copied, scaled, monotone), or the values of a category (5 rows each on
    average) leave less than 0.1 % of the variance. Classes and labels: each value, or a single interval of values for
    each class, gives the class with at most 0.1 % of the rows wrong.
    """
    for target, y in view.targets.items():
        for name, column in view.numeric.items():
            there = np.isfinite(column)
            if there.sum() >= _LEAST_ROWS and (reason := _numeric(column[there], y[there], view.task)):
                yield _grave(name, target, reason)
        for name, codes in view.categorical.items():
            known = codes > 1
            if known.sum() >= _LEAST_ROWS and (reason := _categorical(codes[known], y[known], view.task)):
                yield _grave(name, target, reason)


def _numeric(x: NDArray[np.float64], y: NDArray[np.float64], task: Task) -> str | None:
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    if task is Task.REGRESSION:
        correlation = float(np.corrcoef(ranks(x), ranks(y))[0, 1])
        return f"rank correlation {correlation:.4f}" if abs(correlation) > _RANK_CORRELATION else None
    wrong, majority = _majority(x, y)
    intervals = 1 + int((np.diff(majority) != 0).sum())
    errors = wrong + max(0, intervals - len(np.unique(y)))
    return "one interval of it for each class" if errors <= _WRONG * len(x) else None


def _categorical(codes: NDArray[np.int64], y: NDArray[np.float64], task: Task) -> str | None:
    _, place, counts = np.unique(codes, return_inverse=True, return_counts=True)
    if len(counts) * _ROWS_PER_VALUE > len(codes) or len(counts) == 1 or np.ptp(y) == 0:
        return None
    if task is not Task.REGRESSION:
        wrong, _ = _majority(codes.astype(np.float64), y)
        return "one class for each of its values" if wrong <= _WRONG * len(codes) else None
    means = np.bincount(place, y) / counts
    explained = 1 - float(((y - means[place]) ** 2).sum() / ((y - y.mean()) ** 2).sum())
    return f"its values explain {explained:.2%} of the variance" if explained > _EXPLAINED else None


def _majority(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[int, NDArray[np.int64]]:
    """Rows that are not of the most frequent class at their value of x, and that class for each value, ascending."""
    pairs, counts = np.unique(np.stack([x, y], axis=1), axis=0, return_counts=True)
    by_value = np.lexsort((-counts, pairs[:, 0]))
    _, first = np.unique(pairs[by_value, 0], return_index=True)
    chosen = by_value[first]
    return int(len(x) - counts[chosen].sum()), pairs[chosen, 1].astype(np.int64)


def _grave(name: str, target: str, reason: str) -> Finding:
    return Finding(
        "grave",
        f"column {name!r} alone predicts the target {target!r} ({reason}); if it is not known before the target "
        "is, leave it out",
    )
