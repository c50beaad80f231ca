"""The learning rate range test (Smith 2017, "Cyclical learning rates", section 3.3), with an exponential rise."""

import math
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean

from src.finders.untrained import endless
from src.learner import Learner

SMALLEST, LARGEST, STEPS = 1e-6, 10.0, 200

_AROUND = 10  # steps on each side that a loss is averaged with: a trailing mean would lag behind by half a power of ten
_WORSE = 4.0  # times the smallest mean: the test ends, as in fastai


@dataclass(frozen=True)
class Curve:
    """For each step its learning rate and the loss of its batch."""

    lr: list[float]
    loss: list[float]

    @cached_property
    def smooth(self) -> list[float]:
        """The mean of the losses around each step."""
        return [fmean(self.loss[max(0, step - _AROUND) : step + _AROUND + 1]) for step in range(len(self.loss))]

    @property
    def lowest(self) -> float:
        """The learning rate with the smallest loss: beyond it the training jumps."""
        return self.lr[self.smooth.index(min(self.smooth))]

    @property
    def steepest(self) -> float | None:
        """Where the loss falls fastest, over the logarithm of the learning rate; none if it never falls."""
        falls = [after - before for before, after in zip(self.smooth, self.smooth[1:], strict=False)]
        return self.lr[falls.index(min(falls))] if falls and min(falls) < 0 else None


def range_test(learner: Learner) -> Curve:
    """Trains for at most 200 steps while the learning rate rises from 1e-6 to 10, until the loss is 4 times what it was
    at its smallest, or no number."""
    curve, smallest = Curve([], []), math.inf
    for step, batch in zip(range(STEPS), endless(learner), strict=False):
        lr = SMALLEST * (LARGEST / SMALLEST) ** (step / (STEPS - 1))
        loss = float(learner.steps.step(batch, lr / learner.steps.lr)[0])
        last = fmean([*curve.loss[-_AROUND:], loss])
        if not math.isfinite(loss) or last > _WORSE * smallest:
            break
        smallest = min(smallest, last)
        curve.lr.append(lr)
        curve.loss.append(loss)
    return curve
