"""The rows that the network is most wrong about, as people would write them."""

from collections.abc import Sequence

from src.charts.scale import shown
from src.data.names import shortened
from src.report.answered import Answered
from src.report.inputs import Column
from src.task import Task

_ROWS, _COLUMNS, _TARGETS = 10, 12, 4
_SURE = 0.01  # of a probability of 99 %; such answers are no errors
_LONGEST = 30  # characters of a cell


def worst(tested: Answered, columns: Sequence[Column]) -> list[list[str]]:
    """A table, its first row the names: number of the row in the data, what is true, what was answered, how wrong that
    is, then the first of `columns`."""
    surprise = tested.surprise() * (tested.weight > 0)
    order = surprise.argsort(descending=True, stable=True)[:_ROWS]
    rows = tested.at(order[surprise[order] > (_SURE if tested.output.answers else 0.0)])
    values = [column.values(rows.part).tolist() for column in columns[:_COLUMNS]]
    cells = [[column.shown(each) for each in of] for column, of in zip(columns, values, strict=False)]
    heads, answers = _answers(rows)
    table = [["row", *heads, *(column.name for column in columns[:_COLUMNS])]]
    for number, row in enumerate(rows.part.row.tolist()):
        table.append([str(row), *answers[number], *(of[number] for of in cells)])
    return [[shortened(cell, _LONGEST) for cell in row] for row in table]


def _answers(rows: Answered) -> tuple[list[str], list[list[str]]]:
    """Names of columns, and their cells for each row."""
    output, point, surprise = rows.output, rows.prediction.point.tolist(), rows.surprise().tolist()
    truth = rows.y.tolist()
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
