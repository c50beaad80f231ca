"""How much worse a network answers when a column tells it nothing: permutation importance (Breiman 2001, "Random
forests", section 10; Fisher et al. 2019)."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from src.data.part import Part
from src.inference import Predictor
from src.metrics.evaluate import evaluate
from src.monitor import Monitor
from src.report.answered import Answered
from src.report.inputs import Column

MOST_COLUMNS = 200
_MOST_ROWS, _LEAST_ROWS = 5_000, 100
_MOST_WORK = 5e9
"""Multiplications, half a second of a core."""


@dataclass(frozen=True)
class Importance:
    """`drops`: by how much the metric is worse, for each permutation; all the cells of a column go together, whatever
    inputs they make."""

    column: Column
    drops: tuple[float, ...]

    @property
    def mean(self) -> float:
        return sum(self.drops) / len(self.drops)


def sample_for(tested: Answered, passes: int, predictor: Predictor) -> Answered:
    """As many rows as `passes` times through the network may take."""
    return tested.sample(max(_LEAST_ROWS, min(_MOST_ROWS, int(_MOST_WORK / (passes * work(predictor))))))


def work(predictor: Predictor) -> int:
    """Multiplications that a row takes, about; no fewer than what else is done with it is worth."""
    network = predictor.bundle.network
    return max(1000, network.vectors * sum(each.numel() for each in network.parameters()))


def importances(
    tested: Answered, predictor: Predictor, columns: Sequence[Column], repeats: int, monitor: Monitor
) -> list[Importance]:
    """The most important first. The permutations are always the same, and those of one column those of the others."""
    generator = torch.Generator().manual_seed(0)
    order = torch.stack([torch.randperm(len(tested), generator=generator) for _ in range(repeats)])
    [before] = _costs(tested, predictor, tested.part.x_num, tested.part.x_cat, monitor)
    found = []
    for column in columns:
        costs = _costs(tested, predictor, *column.permuted(tested.part, order), monitor)
        found.append(Importance(column, tuple(cost - before for cost in costs)))
    return sorted(found, key=lambda each: -each.mean)


def _costs(tested: Answered, predictor: Predictor, x_num: Tensor, x_cat: Tensor, monitor: Monitor) -> list[float]:
    """Of each repetition of the rows, the monitored metric, higher is worse; 0 if it is undefined on these rows."""
    answered = Answered(_repeated(tested, x_num, x_cat), predictor.predict_encoded(x_num, x_cat), tested.output)
    pieces = [answered.at(rows) for rows in torch.split(torch.arange(len(x_num)), len(tested))]
    measured = [evaluate(one.prediction, one.y, one.output, one.weight, [monitor.name]) for one in pieces]
    return [monitor.cost(each[monitor.name]) if monitor.name in each else 0.0 for each in measured]


def _repeated(tested: Answered, x_num: Tensor, x_cat: Tensor) -> Part:
    part, times = tested.part, len(x_num) // len(tested)
    y = part.y.repeat(times, *[1] * (part.y.ndim - 1))
    return Part(x_num, x_cat, y, part.row.repeat(times), part.weight.repeat(times))
