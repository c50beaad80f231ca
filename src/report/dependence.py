"""What a network answers on average if a column had this or that value in all rows: partial dependence (Friedman 2001,
"Greedy function approximation", section 8.2) and, row by row, individual conditional expectation (Goldstein et al.
2015)."""

from dataclasses import dataclass

import torch
from torch import Tensor

from src.inference import Predictor
from src.report.answered import Answered
from src.report.inputs import Column
from src.task import Task

_MOST_VALUES = 20
_MOST_ANSWERS = 5
_MIDDLE = (0.1, 0.9)


@dataclass(frozen=True)
class Dependence:
    """By value and answer, float64 [values, answers]: the weighted mean over the rows, and between which the middle
    four fifths of the rows lie. `rows`: how many rows have each value, or lie nearest to it, float64 [values]."""

    column: Column
    values: tuple[float, ...]
    names: tuple[str, ...]
    mean: Tensor
    low: Tensor
    high: Tensor
    rows: Tensor


def dependence(tested: Answered, predictor: Predictor, column: Column, values: tuple[float, ...]) -> Dependence:
    """`values` as `Column.values` has them."""
    names, places = answers(tested)
    found = predictor.predict_encoded(*column.replaced(tested.part, values))
    numbers = found.probability if tested.output.answers else found.point.reshape(len(found.point), -1)
    curves = numbers[:, places].reshape(len(values), len(tested), len(places)).double()
    share = tested.weight / tested.weight.sum()
    low, high = torch.quantile(curves, torch.tensor(_MIDDLE, dtype=torch.float64), dim=1)
    mean = torch.einsum("vna,n->va", curves, share)
    return Dependence(column, values, names, mean, low, high, _rows_near(column.values(tested.part), values))


def answers(tested: Answered) -> tuple[tuple[str, ...], list[int]]:
    """What is shown, and its places: the second of two classes, the most frequent ones of several, the first labels or
    numbers."""
    output = tested.output
    if output.task is Task.BINARY:
        return (output.classes[1],), [1]
    names = output.answers or output.targets
    places = list(range(len(names)))
    if output.task is Task.MULTICLASS and len(names) > _MOST_ANSWERS:
        places = torch.bincount(tested.y, minlength=len(names)).argsort(descending=True, stable=True).tolist()
    shown = sorted(places[:_MOST_ANSWERS])
    return tuple(names[place] for place in shown), shown


def grid(tested: Answered, column: Column) -> tuple[float, ...]:
    """Values of the column to try: the most frequent names in their order, or quantiles of the numbers from the 1st to
    the 99th percentile, each once; nothing if there are not two."""
    values = column.values(tested.part)
    there = values[~values.isnan()]
    distinct, counts = torch.unique(there, return_counts=True)
    if len(distinct) > _MOST_VALUES:
        if column.continuous:
            shares = torch.linspace(0.01, 0.99, _MOST_VALUES, dtype=torch.float64)
            distinct = torch.unique(torch.quantile(there, shares, interpolation="nearest"))
        else:
            distinct = distinct[counts.argsort(descending=True, stable=True)[:_MOST_VALUES].sort().values]
    return tuple(distinct.tolist()) if len(distinct) > 1 else ()


def _rows_near(values: Tensor, grid: tuple[float, ...]) -> Tensor:
    places = torch.tensor(grid, dtype=torch.float64)
    middles = (places[1:] + places[:-1]) / 2
    return torch.bincount(torch.searchsorted(middles, values[~values.isnan()]), minlength=len(grid)).double()
