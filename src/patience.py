"""Waiting for what is monitored to improve."""

import math


class Patience:
    """Counts the epochs since the lowest cost so far (`Monitor.cost`). Part of the checkpoint, so a resumed run waits
    no longer.

    With `growth` it waits for as many times the epochs up to that value, if these are more than `epochs` (Bengio 2012,
    "Practical recommendations", section 3.1.3: patience grows with what was worth waiting for).
    """

    def __init__(self, epochs: int, min_delta: float, growth: float = 0.0) -> None:
        self.epochs, self.min_delta, self.growth = epochs, min_delta, growth
        self.lowest, self.waited, self.seen = math.inf, 0, 0

    def update(self, cost: float) -> bool:
        """Takes the cost of one more epoch; true if none of the last ones, at least one, improved."""
        self.seen += 1
        if cost < self.lowest - self.min_delta:
            self.lowest, self.waited = cost, 0
        else:
            self.waited += 1
        best = self.seen - self.waited
        return self.waited >= max(1, self.epochs, self.growth * best)

    def state(self) -> dict[str, float]:
        return {"lowest": self.lowest, "waited": self.waited, "seen": self.seen}

    def restore(self, state: dict[str, float]) -> None:
        self.lowest, self.waited, self.seen = state["lowest"], int(state["waited"]), int(state["seen"])
