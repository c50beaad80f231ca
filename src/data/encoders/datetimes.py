"""A column of dates or times."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import polars as pl

from src.config.statistic import STATISTICS
from src.data.encoders.encoder import NumberEncoder, Numbers

DAYS = ".elapsed_days"
"""Ends the name of the input that grows with time."""

_DAY = 86_400_000_000  # microseconds
_EPOCHS_WEEKDAY = 3  # 1970-01-01 was a Thursday; the week begins on Monday
_NOTICEABLE = 1e-3  # standard deviation of a sine or cosine
_PERIODS = {"time_of_day": 1.0, "day_of_week": 7.0, "day_of_year": 365.0}  # days


@dataclass(frozen=True)
class Datetime(NumberEncoder):
    """Enters as the days since the first moment of the train rows, and as sine and cosine of the place in each cycle.

    `first` and `last` moment, in microseconds since 1970 (UTC). `cycles`: those of time_of_day, day_of_week and
    day_of_year that train rows went through once at least, and at noticeably different places: over less, a cycle says
    the same as the days do, and predicts nothing beyond them.
    """

    kind: ClassVar[str] = "datetime"
    first: int
    last: int
    cycles: tuple[str, ...]

    @classmethod
    def fit(cls, train: pl.Series) -> Self:
        """`train`: Datetime in microseconds, UTC."""
        there = train.drop_nulls()
        micros = there.cast(pl.Int64).to_numpy()
        first, last = int(micros.min()), int(micros.max())
        turned = [cycle for cycle, period in _PERIODS.items() if last - first >= period * _DAY]
        return cls(train.name, first, last, tuple(cycle for cycle in turned if _varies(there, cycle)))

    def numbers(self, column: pl.Series) -> Mapping[str, Numbers]:
        """NAME.elapsed_days, NAME.time_of_day_sin, NAME.time_of_day_cos and so on."""
        inputs: dict[str, Numbers] = {self.name + DAYS: (_micros(column) - self.first) / _DAY}
        for cycle in self.cycles:
            sine, cosine = _sine_cosine(column, cycle)
            inputs |= {f"{self.name}.{cycle}_sin": sine, f"{self.name}.{cycle}_cos": cosine}
        return inputs

    def replacement(self, how: str | float) -> str | float:
        """A number was meant for columns of numbers."""
        return how if how in STATISTICS else "median"

    def odd(self, column: pl.Series) -> int:
        span, micros = self.last - self.first, _micros(column)
        return int(((micros < self.first - span) | (micros > self.last + span)).sum())

    def note(self, count: int) -> str:
        first, last = (str(pl.Series([each]).cast(pl.Datetime("us"))[0])[:10] for each in (self.first, self.last))
        return f"{self.name} lies far outside the train rows ({first} to {last}) in {count} row(s)"


def _varies(column: pl.Series, cycle: str) -> bool:
    """One of the two clearly, and the other too if it does at all: 32 bits cannot scale what hardly varies."""
    spreads = [float(each.std()) for each in _sine_cosine(column, cycle)]
    return max(spreads) > _NOTICEABLE and all(spread == 0 or spread > _NOTICEABLE for spread in spreads)


def _sine_cosine(column: pl.Series, cycle: str) -> tuple[Numbers, Numbers]:
    """To 12 digits, so that what is equal on paper is equal."""
    angle = 2 * np.pi * _turn(column, cycle)
    return np.sin(angle).round(12), np.cos(angle).round(12)


def _turn(column: pl.Series, cycle: str) -> Numbers:
    """The part of the cycle that is over, 0 up to 1."""
    days = _micros(column) / _DAY
    match cycle:
        case "time_of_day":
            return days % 1
        case "day_of_week":
            return (np.floor(days) + _EPOCHS_WEEKDAY) % 7 / 7
    return (column.dt.ordinal_day().cast(pl.Float64).fill_null(float("nan")).to_numpy() - 1) / 365.25


def _micros(column: pl.Series) -> Numbers:
    return column.cast(pl.Int64).cast(pl.Float64).fill_null(float("nan")).to_numpy()
