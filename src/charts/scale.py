"""From values to places on an axis, and the values that are written beside it."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_MOST_TICKS = 6


@dataclass(frozen=True)
class Scale:
    """`low` and `high`: the values at the ends of the axis, which differ; `ticks`: those that are written."""

    low: float
    high: float
    ticks: tuple[float, ...]

    @classmethod
    def of(cls, values: Iterable[float], include: Sequence[float] = (), margin: float = 0.04) -> "Scale":
        """Around the finite ones of `values` and `include`, with a share of the span beyond both ends; ticks at round
        values."""
        finite = [value for value in (*values, *include) if math.isfinite(value)] or [0.0]
        low, high = min(finite), max(finite)
        if high - low <= 1e-9 * max(abs(low), abs(high)):
            reach = abs(low) / 10 or 0.5
            low, high = low - reach, high + reach
        reach = margin * (high - low)
        return cls.between(low - reach, high + reach)

    @classmethod
    def between(cls, low: float, high: float) -> "Scale":
        """With these ends."""
        step = round_step((high - low) / _MOST_TICKS)
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        return cls(low, high, tuple(number * step for number in range(first, last + 1)))

    def share(self, value: float) -> float:
        """0 at the low end to 1 at the high one; what lies beyond stands at the end."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))


UNIT = Scale(0.0, 1.0, (0.0, 0.2, 0.4, 0.6, 0.8, 1.0))
"""Of shares and probabilities."""


def round_step(least: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is not below `least`."""
    power: float = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= least * (1 - 1e-9))


def shown(value: float, digits: int = 4) -> str:
    """With so many digits, large numbers with thousands separators."""
    if math.isfinite(value) and 1e4 <= abs(value) < 1e15:
        return f"{value:,.0f}"
    return f"{value:z.{digits}g}"


def signed(value: float, largest: float) -> str:
    """`+0.25`, `-12,000`: with the decimals that give `largest`, of those beside it, three digits."""
    if not 1e-6 < abs(largest) < 1e12:
        return f"{value:+.2e}"
    return f"{value:+,.{max(0, 2 - math.floor(math.log10(abs(largest))))}f}"
