"""Waiting for what is monitored to improve."""

import math


class Patience:
    """Counts the epochs since the lowest cost so far (`Monitor.cost`). Part of the checkpoint, so a resumed run waits
    no longer."""

    def __init__(self, epochs: int, min_delta: float) -> None:
        self.epochs, self.min_delta = epochs, min_delta
        self.lowest, self.waited = math.inf, 0

    def update(self, cost: float) -> bool:
        """Takes the cost of one more epoch; true if none of the last `epochs` (at least one) improved."""
        if cost < self.lowest - self.min_delta:
            self.lowest, self.waited = cost, 0
        else:
            self.waited += 1
        return self.waited >= max(1, self.epochs)

    def state(self) -> dict[str, float]:
        return {"lowest": self.lowest, "waited": self.waited}

    def restore(self, state: dict[str, float]) -> None:
        self.lowest, self.waited = state["lowest"], int(state["waited"])
