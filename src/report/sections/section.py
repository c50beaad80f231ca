"""A part of the page."""

import math
from typing import NamedTuple

from src.charts.scale import shown
from src.comparison.paired import Interval


class Section(NamedTuple):
    """`key`: in addresses; `content`: HTML."""

    key: str
    title: str
    content: str


def bracketed(interval: Interval) -> str:
    """`0.961 to 1`; `unknown` where nothing bounds it."""
    if math.isinf(interval.low) and math.isinf(interval.high):
        return "unknown"
    return f"{shown(interval.low, 3)} to {shown(interval.high, 3)}"


def percent(level: float) -> str:
    """`95 %`"""
    return f"{100 * level:g} %"
