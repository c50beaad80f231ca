"""Cells of the table as inputs of the network, in torch operations: what `src.data.encoders` does, for a tracer to see.

A column is a tensor [n, 1]: float64 numbers, NaN where missing; int64 codes of texts (`src.exporting.inputs`); int64
microseconds since 1970, UTC, the smallest int64 where missing (which is NumPy's NaT).
"""

import math

import torch
from torch import Tensor, nn

from src.data.encoders.categorical import MISSING, UNSEEN, Categorical
from src.data.encoders.datetimes import Datetime
from src.data.encoders.encoder import Encoder
from src.data.encoders.numeric import Numeric
from src.data.encoders.ordered import Ordered

NO_DATE = -(2**63)
"""Microseconds of a missing date."""

FIRST = 2
"""Code of the first known text; before it those of any other and of a missing one, as in `Categorical`."""

_DAY = 86_400_000_000  # microseconds
_MONDAY = 3  # days before 1970 that a week began on
_MARCH = 719_468  # days from the first of March of the year 0 to 1970
_FOUR_CENTURIES = 146_097  # days


def cells_of(encoder: Encoder) -> nn.Module:
    """[n, 1] → float64 [n, k] for a column that gives numbers, int64 [n, 1] for categories."""
    match encoder:
        case Numeric():
            return nn.Identity()
        case Ordered():
            return Places(len(encoder.values))
        case Datetime():
            return Moments(encoder.first, encoder.cycles)
        case Categorical():
            return Codes(encoder)
    raise AssertionError("there are four kinds of columns")


class Places(nn.Module):
    """Of a code, the place in the order; NaN for what is not in it."""

    places: Tensor

    def __init__(self, values: int) -> None:
        super().__init__()
        places = [math.nan] * FIRST + [float(place) for place in range(values)]
        self.register_buffer("places", torch.tensor(places, dtype=torch.float64))

    def forward(self, code: Tensor) -> Tensor:
        return self.places[code]


class Codes(nn.Module):
    """With the code of what stands for a missing category, if anything does."""

    def __init__(self, encoder: Categorical) -> None:
        super().__init__()
        known, filling = encoder.vocabulary, encoder.filling
        self.filling = MISSING if filling is None else FIRST + known.index(filling) if filling in known else UNSEEN

    def forward(self, code: Tensor) -> Tensor:
        return torch.where(code == MISSING, self.filling, code)


class Moments(nn.Module):
    """Of a moment, the days since `first`, then sine and cosine of the place in each cycle."""

    def __init__(self, first: int, cycles: tuple[str, ...]) -> None:
        super().__init__()
        self.first, self.cycles = first, cycles

    def forward(self, micros: Tensor) -> Tensor:
        there = micros != NO_DATE
        moment = torch.where(there, micros, 0)
        numbers = [(moment.double() - self.first) / _DAY]
        for cycle in self.cycles:
            angle = 2 * math.pi * _turn(moment, cycle)
            numbers += [_to_12_digits(angle.sin()), _to_12_digits(angle.cos())]
        return torch.where(there, torch.cat(numbers, 1), math.nan)


def _to_12_digits(value: Tensor) -> Tensor:
    return (value * 1e12).round() / 1e12


def _turn(micros: Tensor, cycle: str) -> Tensor:
    """The part of the cycle that is over, 0 up to 1, float64."""
    days = micros.double() / _DAY
    match cycle:
        case "time_of_day":
            return days - days.floor()
        case "day_of_week":
            return ((days.floor().long() + _MONDAY) % 7).double() / 7
    return _day_of_year((micros - micros % _DAY) // _DAY).double() / 365.25


def _day_of_year(days: Tensor) -> Tensor:
    """int64, 0 on the first of January. Years begin in March here, so that a leap day is their last one (Hinnant,
    "chrono-Compatible Low-Level Date Algorithms", civil_from_days)."""
    day = (days + _MARCH) % _FOUR_CENTURIES
    year = (day - day // 1460 + day // 36_524 - day // 146_096) // 365
    since_march = day - (365 * year + year // 4 - year // 100)
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year == 0))
    return torch.where(since_march >= 306, since_march - 306, since_march + 59 + leap.long())
