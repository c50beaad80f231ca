"""Statistics of train rows that may replace a missing cell."""

from typing import Literal, get_args

Statistic = Literal["median", "mean", "most_frequent"]

STATISTICS: tuple[Statistic, ...] = get_args(Statistic)
