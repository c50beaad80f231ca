"""A column of numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

import polars as pl

from src.data.encoders.encoder import NumberEncoder, Numbers


@dataclass(frozen=True)
class Numeric(NumberEncoder):
    """Enters as it is. `low` and `high`: the smallest and the largest train value."""

    kind: ClassVar[str] = "numeric"
    low: float
    high: float

    @classmethod
    def fit(cls, train: pl.Series) -> Self:
        low, high = train.min(), train.max()
        assert isinstance(low, float)
        assert isinstance(high, float)
        return cls(train.name, low, high)

    def numbers(self, column: pl.Series) -> Mapping[str, Numbers]:
        return {self.name: column.to_numpy()}  # null becomes NaN

    def odd(self, column: pl.Series) -> int:
        span = self.high - self.low
        low, high = self.low - span, self.high + span
        least, largest = column.min(), column.max()  # quicker than to ask each cell
        is_usual = isinstance(least, float) and isinstance(largest, float) and low <= least and largest <= high
        return 0 if is_usual else int(((column < low) | (column > high)).sum())

    def note(self, count: int) -> str:
        range = f"{self.low:g} to {self.high:g} of the train rows"
        return f"{self.name} lies far outside the {range} in {count} row(s); is it in the same unit?"
