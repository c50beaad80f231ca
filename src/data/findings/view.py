"""What the findings look at: the network's inputs and the target, all parts together, and where each row went."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from src.data.prepared import Prepared
from src.data.split import PARTS
from src.task import Task

_MOST_ROWS = 200_000  # looked at; more are thinned out evenly

Severity = Literal["grave", "warning"]


@dataclass(frozen=True)
class Finding:
    """`grave`: the metrics of a run on this data cannot be believed."""

    severity: Severity
    text: str


@dataclass(frozen=True)
class View:
    """`numeric`: float64 [n], NaN where missing; `categorical`: int64 [n], 0 unseen in training, 1 missing; `targets`:
    class index, label (0 or 1) or value, float64 [n]; `part`: 0 train, 1 validation, 2 test. `total` rows there are, n
    at most 200,000 of them."""

    numeric: dict[str, NDArray[np.float64]]
    categorical: dict[str, NDArray[np.int64]]
    targets: dict[str, NDArray[np.float64]]
    part: NDArray[np.int64]
    row: NDArray[np.int64]
    task: Task
    classes: tuple[str, ...]
    total: int

    @classmethod
    def of(cls, prepared: Prepared) -> "View":
        parts, features = [prepared.parts[name] for name in PARTS], prepared.features
        total = sum(map(len, parts))
        step = -(-total // _MOST_ROWS)
        x_num = np.concatenate([part.x_num.numpy()[::step] for part in parts])
        x_cat = np.concatenate([part.x_cat.numpy()[::step] for part in parts])
        y = np.concatenate([part.y.numpy()[::step].reshape(-1, len(features.output.targets)) for part in parts])
        y = y.astype(np.float64)
        return cls(
            {name: x_num[:, j].astype(np.float64) for j, name in enumerate(features.input.numeric)},
            {name: x_cat[:, j] for j, name in enumerate(features.input.categorical)},
            {name: y[:, j] for j, name in enumerate(features.output.targets)},
            np.concatenate([np.full(len(part.y[::step]), number) for number, part in enumerate(parts)]),
            np.concatenate([part.row.numpy()[::step] for part in parts]),
            features.output.task,
            features.output.classes,
            total,
        )

    def members(self) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        """Each class, or each label and its absence, with the rows [n] that are of it."""
        if self.task.has_classes:
            [y] = self.targets.values()
            yield from ((name, y == code) for code, name in enumerate(self.classes))
        if self.task is Task.MULTILABEL:
            for name, y in self.targets.items():
                yield from ((name, y == 1), (f"no {name}", y == 0))


def ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rank of each value, equal ones sharing their mean rank."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    middle: NDArray[np.float64] = last - (counts - 1) / 2
    return middle[place]
