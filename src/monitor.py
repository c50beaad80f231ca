"""What decides which epoch is best: the loss on the validation rows, or a metric of them."""

import math
from dataclasses import dataclass
from typing import Any

from src.config.metric import METRICS


@dataclass(frozen=True)
class Monitor:
    """`name`: loss, or a metric as in `src.config.metric`."""

    name: str = "loss"
    higher_is_better: bool = False

    @classmethod
    def of(cls, name: Any) -> "Monitor":
        return cls() if name == "loss" else cls(name, METRICS[name].higher_is_better)

    def cost(self, value: float) -> float:
        """What is to become small: the value or, if higher is better, its negative, of which this gives the value back;
        infinity in place of what is no finite number."""
        if not math.isfinite(value):
            return math.inf
        return -value if self.higher_is_better else value
