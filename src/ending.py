"""When a training ends, and what ends it."""

from time import monotonic
from typing import Any

from src.patience import Patience


class Ending:
    """By the section trainer: after `max_epochs`, by early stopping (`patience`), after `max_steps` optimizer steps or
    `max_seconds` of training. Time is counted from `start`, on top of what a run that is resumed had used before."""

    def __init__(
        self,
        max_epochs: int,
        patience: Patience | None = None,
        max_steps: int | None = None,
        max_seconds: float | None = None,
    ) -> None:
        self.max_epochs, self.patience = max_epochs, patience
        self.max_steps, self.max_seconds = max_steps, max_seconds
        self.used, self.since = 0.0, monotonic()

    def start(self) -> None:
        self.since = monotonic()

    @property
    def seconds(self) -> float:
        """Used so far."""
        return self.used + monotonic() - self.since

    def after_epoch(self, epoch: int, cost: float) -> str:
        """The key that ends the training after epoch `epoch`, counted from 1, or nothing; `cost`: `Monitor.cost`."""
        waited_enough = self.patience is not None and self.patience.update(cost)
        return "early_stopping" if waited_enough else "max_epochs" if epoch >= self.max_epochs else ""

    def state(self) -> dict[str, Any]:
        return {"seconds": self.seconds, "patience": self.patience.state() if self.patience else {}}

    def restore(self, state: dict[str, Any]) -> None:
        self.used = state["seconds"]
        if self.patience is not None:
            self.patience.restore(state["patience"])
