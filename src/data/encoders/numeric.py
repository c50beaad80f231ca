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

    def note(self, column: pl.Series) -> str:
        span = self.high - self.low
        count = ((column < self.low - span) | (column > self.high + span)).sum()
        range = f"{self.low:g} to {self.high:g} of the train rows"
        return f"{self.name} lies far outside the {range} in {count} row(s); is it in the same unit?" if count else ""
