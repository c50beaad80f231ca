"""The learning rate over time, as a factor of `optimizer.lr`: a pure function of the step, so resuming needs no state.

Only plateau depends on what happened; its state is a number and a `Patience`.
"""

import math
from collections.abc import Callable
from typing import Any

from src.patience import Patience

Factor = Callable[[float, float], float]
"""(epochs since the warm-up, epochs after the warm-up in all) → factor."""


class Schedule:
    """Factor of the learning rate for each optimizer step, and the plateau's answer to each epoch."""

    def __init__(self, scheduler: dict[str, Any], steps_per_epoch: int, max_epochs: int) -> None:
        self.steps_per_epoch = steps_per_epoch
        self.warmup_epochs: float = scheduler.get("warmup_epochs", 0.0)
        self.epochs = max_epochs - self.warmup_epochs
        self.shape = _shape(scheduler, steps_per_epoch)
        self.plateau_factor: float = scheduler.get("factor", 1.0)
        self.plateau = None
        if scheduler["name"] == "plateau":
            self.plateau = Patience(scheduler["patience"], scheduler["min_delta"])
        self.dropped = 1.0

    def factor(self, step: int) -> float:
        """For the optimizer step number `step`, counted from 0."""
        epoch = step / self.steps_per_epoch
        if epoch < self.warmup_epochs:
            return (step + 1) / (self.warmup_epochs * self.steps_per_epoch + 1)
        return self.shape(epoch - self.warmup_epochs, self.epochs) * self.dropped

    def epoch_ended(self, cost: float) -> None:
        """`cost`: `Monitor.cost` of the epoch."""
        if self.plateau is not None and self.plateau.update(cost):
            self.dropped *= self.plateau_factor
            self.plateau.waited = 0

    def state(self) -> dict[str, float]:
        return {"dropped": self.dropped, **(self.plateau.state() if self.plateau else {})}

    def restore(self, state: dict[str, float]) -> None:
        self.dropped = state["dropped"]
        if self.plateau is not None:
            self.plateau.restore(state)


def _shape(scheduler: dict[str, Any], steps_per_epoch: int) -> Factor:
    match scheduler["name"]:
        case "step":
            return lambda epoch, _: float(scheduler["gamma"] ** (epoch // scheduler["step_epochs"]))
        case "exponential":
            return lambda epoch, _: float(scheduler["gamma"] ** epoch)
        case "linear":
            return lambda epoch, epochs: _polynomial(1.0, scheduler["final"], _share(epoch, epochs, steps_per_epoch))
        case "polynomial":
            power, final = scheduler["power"], scheduler["final"]
            return lambda epoch, epochs: _polynomial(power, final, _share(epoch, epochs, steps_per_epoch))
        case "coslog4":
            return lambda epoch, epochs: (1 - math.cos(2 * math.pi * math.log2(1 + 15 * epoch / epochs))) / 2
        case "cosine":
            return lambda epoch, epochs: _half_cosine(1.0, scheduler["final"], _share(epoch, epochs, steps_per_epoch))
        case "one_cycle":
            return lambda epoch, epochs: _one_cycle(scheduler, _share(epoch, epochs, steps_per_epoch))
        case _:
            return lambda _epoch, _epochs: 1.0


def _share(epoch: float, epochs: float, steps_per_epoch: int) -> float:
    """Of all steps after the warm-up: 0 at the first, 1 at the last."""
    return min(1.0, epoch / max(epochs - 1 / steps_per_epoch, 1 / steps_per_epoch))


def _polynomial(power: float, end: float, share: float) -> float:
    return float(end + (1 - end) * (1 - share) ** power)


def _half_cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


def _one_cycle(scheduler: dict[str, Any], share: float) -> float:
    rise: float = scheduler["rise"]
    if share < rise:
        return _half_cosine(scheduler["initial"], 1.0, share / rise)
    return _half_cosine(1.0, scheduler["final"], (share - rise) / (1 - rise))
