"""What decides which epoch is best: the loss on the validation rows, or a metric of them."""

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from src.config.metric import METRICS

_SCORES = ("accuracy", "rmse")
"""`Task.score` of every task; no run has both."""


@dataclass(frozen=True)
class Monitor:
    """`name`: loss, or a metric as in `src.config.metric`."""

    name: str = "loss"
    higher_is_better: bool = False

    @classmethod
    def of(cls, name: Any) -> "Monitor":
        return cls() if name == "loss" else cls(name, METRICS[name].higher_is_better)

    @classmethod
    def between_runs(cls, monitored: Any, measured: Collection[str]) -> "Monitor":
        """What tells which run is better: the metric that they monitored; where that is the loss, which may be another
        one in each run, the score of the task or, if it was not `measured`, the first metric that was."""
        if monitored != "loss":
            return cls.of(monitored)
        return cls.of(next(iter([*(score for score in _SCORES if score in measured), *measured]), "loss"))

    def cost(self, value: float) -> float:
        """What is to become small: the value or, if higher is better, its negative, of which this gives the value back;
        infinity in place of what is no finite number."""
        if not math.isfinite(value):
            return math.inf
        return -value if self.higher_is_better else value
