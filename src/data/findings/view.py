"""What the findings look at: the network's inputs and the target, all parts together, and where each row went."""

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
    """`numeric`: float64 [n], NaN where missing; `categorical`: int64 [n], 0 unseen in training, 1 missing; `y`: class
    indices or values; `part`: 0 train, 1 validation, 2 test. `total` rows there are, n at most 200,000 of them."""

    numeric: dict[str, NDArray[np.float64]]
    categorical: dict[str, NDArray[np.int64]]
    y: NDArray[np.float64]
    part: NDArray[np.int64]
    row: NDArray[np.int64]
    task: Task
    classes: tuple[str, ...]
    target: str
    total: int

    @classmethod
    def of(cls, prepared: Prepared) -> "View":
        parts, features = [prepared.parts[name] for name in PARTS], prepared.features
        total = sum(map(len, parts))
        step = -(-total // _MOST_ROWS)
        x_num = np.concatenate([part.x_num.numpy()[::step] for part in parts])
        x_cat = np.concatenate([part.x_cat.numpy()[::step] for part in parts])
        return cls(
            {name: x_num[:, j].astype(np.float64) for j, name in enumerate(features.input.numeric)},
            {name: x_cat[:, j] for j, name in enumerate(features.input.categorical)},
            np.concatenate([part.y.numpy()[::step].astype(np.float64) for part in parts]),
            np.concatenate([np.full(len(part.y[::step]), number) for number, part in enumerate(parts)]),
            np.concatenate([part.row.numpy()[::step] for part in parts]),
            features.output.task,
            features.output.classes,
            features.output.target,
            total,
        )


def ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rank of each value, equal ones sharing their mean rank."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    middle: NDArray[np.float64] = last - (counts - 1) / 2
    return middle[place]
