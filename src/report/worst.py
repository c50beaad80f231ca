"""The rows that the network is most wrong about, as people would write them."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from src.charts.scale import shown
from src.data.names import shortened
from src.report.answered import Answered
from src.report.inputs import Column
from src.task import Task

_ROWS, _COLUMNS, _TARGETS = 10, 12, 4
_SURE = 0.01  # of a probability of 99 %; such answers are no errors
_LONGEST = 30  # characters of a cell


@dataclass(frozen=True)
class Worst:
    """The most wrong row first. `surprise` float64 [n], as `Answered.surprise`; `answer` int64 [n], the one of each
    row that is to be explained, as `Answered.most_wrong`."""

    rows: Answered
    surprise: Tensor
    answer: Tensor

    @classmethod
    def of(cls, tested: Answered) -> "Worst":
        surprise = tested.surprise() * (tested.weight > 0)
        order = surprise.argsort(descending=True, stable=True)[:_ROWS]
        order = order[surprise[order] > (_SURE if tested.output.answers else 0.0)]
        return cls(tested.at(order), surprise[order], tested.most_wrong()[order])


def written(worst: Worst, columns: Sequence[Column]) -> list[list[str]]:
    """A table, its first row the names: number of the row in the data, what is true, what was answered, how wrong that
    is, then the first of `columns`."""
    part = worst.rows.part
    values = [column.values(part).tolist() for column in columns[:_COLUMNS]]
    cells = [[column.shown(each) for each in of] for column, of in zip(columns, values, strict=False)]
    heads, answers = _answers(worst)
    lines = [["row", *heads, *(column.name for column in columns[:_COLUMNS])]]
    for number, row in enumerate(part.row.tolist()):
        lines.append([str(row), *answers[number], *(of[number] for of in cells)])
    return [[shortened(cell, _LONGEST) for cell in line] for line in lines]


def _answers(worst: Worst) -> tuple[list[str], list[list[str]]]:
    """Names of columns, and their cells for each row."""
    rows, surprise = worst.rows, worst.surprise.tolist()
    output, point, truth = rows.output, rows.prediction.point.tolist(), rows.y.tolist()
    match output.task:
        case Task.BINARY | Task.MULTICLASS:
            probability = rows.prediction.probability.tolist()
            cells = [
                [output.classes[true], output.classes[said], f"{each[true]:.2g}"]
                for true, said, each in zip(truth, point, probability, strict=True)
            ]
            return ["truth", "prediction", "probability of the truth"], cells
        case Task.MULTILABEL:
            cells = [
                [_labels(true, output.targets), _labels(said, output.targets), f"{each:.2g}"]
                for true, said, each in zip(truth, point, surprise, strict=True)
            ]
            return ["truth", "prediction", "log loss"], cells
    if len(output.targets) == 1:
        cells = [[shown(y), shown(p), shown(y - p)] for y, p in zip(truth, point, strict=True)]
        return ["truth", "prediction", "truth - prediction"], cells
    named = output.targets[:_TARGETS]
    heads = [f"{name}: truth, prediction" for name in named]
    return [*heads, "error in std"], [
        [*(f"{shown(y)}, {shown(p)}" for y, p, _ in zip(ys, ps, named, strict=False)), shown(each)]
        for ys, ps, each in zip(truth, point, surprise, strict=True)
    ]


def _labels(row: Sequence[int], names: Sequence[str]) -> str:
    return ", ".join(name for name, there in zip(names, row, strict=True) if there) or "none"
