"""Where a training stands, and who hears of it."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

History = dict[str, float | int]
"""One epoch: epoch, step, train/loss, validation/loss, validation/<name> of `src.score`, lr."""


@dataclass
class Progress:
    """Where the training stands. `chunk` counts within the epoch; `total` and `weight` sum its loss so far. `ended_by`:
    the key of the section trainer that ended it, nothing while it goes on. The epoch with the lowest `Monitor.cost`, of
    equal ones the first, is the best."""

    epoch: int = 0
    chunk: int = 0
    step: int = 0
    total: float = 0.0
    weight: float = 0.0
    ended_by: str = ""
    best_cost: float = math.inf
    best_epoch: int = 0
    best_weights: dict[str, Tensor] = field(default_factory=dict)


class Listener:
    """Hears what the learner does; this one, for all processes but the first, does nothing about it."""

    def epoch_ended(self, row: History) -> None:
        """After each epoch."""

    def border(self, state: Callable[[], dict[str, Any]]) -> None:
        """After each chunk and each epoch, where `state()` is whole."""
