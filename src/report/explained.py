"""Which columns pushed a network to its answers: integrated gradients of single rows (`src.attribution`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from src.charts.scale import shown
from src.data.part import Part
from src.inference import Predictor
from src.report.importance import work
from src.report.inputs import Column
from src.report.worst import Worst
from src.spec import OutputSpec

_MOST_WORK = 2e10
"""Multiplications for more exact sums, a second or two of a core."""


class Share(NamedTuple):
    """What a column with this cell adds to the answer."""

    column: str
    cell: str
    value: float


@dataclass(frozen=True)
class Explained:
    """Of one row: `answer` names the class, label or target whose probability or value went from `before`, where
    nothing is known of the row, to `after`; `said` and `truth` are what the network and the table call it.

    `shares`: of the columns that add anything, the strongest first; they add up to the difference but for `gap`, which
    is more than rounding if they are not `complete`.
    """

    row: int
    answer: str
    said: str
    truth: str
    before: float
    after: float
    shares: tuple[Share, ...]
    gap: float
    complete: bool


def explained(worst: Worst, predictor: Predictor, columns: Sequence[Column]) -> list[Explained]:
    """The rows in their order; `columns`: all. Raises ConfigError if a network of the user's own has no gradient."""
    rows, answers = worst.rows, worst.answer.tolist()
    if not answers:
        return []
    from src.attribution import attribute  # loads captum

    output, part = rows.output, rows.part
    attributed = attribute(predictor, part.x_num, part.x_cat, worst.answer, _MOST_WORK / work(predictor))
    said, truth = (_asked(each, output, answers) for each in (rows.prediction.point, rows.y))
    numbers = rows.prediction.probability if output.answers else rows.prediction.point.reshape(len(rows), -1)
    after = numbers.gather(1, worst.answer[:, None])
    shares = _shares(attributed.values[:, 0], part, columns, predictor.features.columns.names)
    return [
        Explained(
            row=row,
            answer=(output.answers or output.targets)[answer],
            said=_named(output, answer, said[i]),
            truth=_named(output, answer, truth[i]),
            before=(after - attributed.difference)[i].item(),
            after=after[i].item(),
            shares=shares[i],
            gap=attributed.gap[i].item(),
            complete=bool(attributed.is_complete[i]),
        )
        for i, (row, answer) in enumerate(zip(part.row.tolist(), answers, strict=True))
    ]


def _shares(values: Tensor, part: Part, columns: Sequence[Column], names: Sequence[str]) -> list[tuple[Share, ...]]:
    """Of each row. `values` float64 [n, columns], by `names`."""
    cells = [column.values(part).tolist() for column in columns]
    ordered = values[:, [names.index(column.name) for column in columns]].tolist()
    found = []
    for i, row in enumerate(ordered):
        there = [number for number, value in enumerate(row) if value]
        there.sort(key=lambda number: -abs(row[number]))
        found.append(tuple(Share(columns[j].name, columns[j].shown(cells[j][i]), row[j]) for j in there))
    return found


def _asked(values: Tensor, output: OutputSpec, answers: Sequence[int]) -> list[float]:
    """The class of each row, or its label or number that is asked about."""
    several = values.reshape(len(answers), -1).tolist()
    return [row[0 if output.task.has_classes else answer] for row, answer in zip(several, answers, strict=True)]


def _named(output: OutputSpec, answer: int, value: float) -> str:
    """A class, whether a row is of the label, or a number."""
    if output.task.has_classes:
        return output.classes[int(value)]
    if output.answers:
        return output.targets[answer] if value else f"not {output.targets[answer]}"
    return shown(value)
