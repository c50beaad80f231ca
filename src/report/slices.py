"""Groups of rows that a network may be better or worse at."""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from src.comparison.paired import Interval
from src.report.answered import Answered
from src.report.inputs import Column
from src.report.intervals import effective, of_mean, of_share

LEAST_ROWS = 10
"""Of a slice that is told of."""

MOST_ROWS = 50_000
"""That are looked at."""

_QUARTERS = 4
_MOST_CATEGORIES = 50  # of a column, the most frequent ones


@dataclass(frozen=True)
class Slice:
    """`rows`: how many; `apart`: how far above that of the other rows its score is, in standard errors."""

    column: str
    values: str
    rows: int
    score: Interval
    apart: float


def slices(tested: Answered, columns: Sequence[Column], level: float) -> list[Slice]:
    """Each category, and each quarter of the numbers of a column; those that differ most from the others first."""
    sampled = tested.sample(MOST_ROWS)
    score, weight = sampled.score(), sampled.weight
    shares = bool(((score == 0) | (score == 1)).all()) and bool(sampled.output.answers)
    found = []
    for column in columns:
        for values, of_slice in _groups(column, column.values(sampled.part)):
            if of_slice.sum() >= LEAST_ROWS and all(weight[rows].sum() > 0 for rows in (of_slice, ~of_slice)):
                interval = _interval(score[of_slice], weight[of_slice], shares, level)
                apart = _apart(score, weight, of_slice)
                found.append(Slice(column.name, values, int(of_slice.sum()), interval, apart))
    return sorted(found, key=lambda each: -abs(each.apart))


def _interval(score: Tensor, weight: Tensor, shares: bool, level: float) -> Interval:
    if not shares:
        return of_mean(score, weight, level)
    rows = effective(weight)
    return of_share((weight @ score / weight.sum()).item() * rows, rows, level)


def _apart(score: Tensor, weight: Tensor, of_slice: Tensor) -> float:
    """The difference of two means over its standard error, both groups with the variance of all rows together."""
    inside, outside = (weight[rows] for rows in (of_slice, ~of_slice))
    share = weight / weight.sum()
    spread = (share @ (score - share @ score).square()).item()
    if spread == 0:
        return 0.0
    difference = (inside @ score[of_slice] / inside.sum() - outside @ score[~of_slice] / outside.sum()).item()
    return difference / math.sqrt(spread * (1 / effective(inside) + 1 / effective(outside)))


def _groups(column: Column, values: Tensor) -> Iterator[tuple[str, Tensor]]:
    """Name and rows bool [n]."""
    missing = values.isnan()
    if missing.any():
        yield "missing", missing
    there = values[~missing]
    if not len(there):
        return
    if column.continuous and len(torch.unique(there)) > _QUARTERS:
        yield from _quarters(column, values, there)
        return
    distinct, counts = torch.unique(there, return_counts=True)
    for value in distinct[counts.argsort(descending=True, stable=True)[:_MOST_CATEGORIES]].tolist():
        yield column.shown(value), values == value


def _quarters(column: Column, values: Tensor, there: Tensor) -> Iterator[tuple[str, Tensor]]:
    """As many rows each as values that occur often allow."""
    shares = torch.linspace(0, 1, _QUARTERS + 1, dtype=torch.float64)
    edges = torch.unique(torch.quantile(there, shares, interpolation="nearest")).tolist()
    for number, (low, high) in enumerate(itertools.pairwise(edges)):
        above = values >= low if number == 0 else values > low
        yield f"{column.shown(low)} to {column.shown(high)}", above & (values <= high)
