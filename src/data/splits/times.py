"""By time: what is learned from is older than what it is tested on. Rows of the same time are never parted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from src.config.dates import ISO
from src.data.moments import moments
from src.data.rows import Rows
from src.data.splits.complete import complete
from src.data.splits.kind import Index, Kind, Stream
from src.data.splits.shares import shares
from src.errors import DataError

_OTHERWISE = ", or numbers (dataset.derive can convert other dates with strptime)"


@dataclass(frozen=True)
class Times(Kind):
    """`moment` int64 [n]: the time of every row, as its place among the distinct times."""

    name: str
    moment: NDArray[np.int64]

    @classmethod
    def of(cls, column: pl.Series, rows: Rows) -> Self:
        """Numbers, dates, or dates as ISO text. Raises DataError for rows without, and for a text that is no date."""
        values = complete(column, rows)
        if not (values.dtype.is_numeric() or values.dtype in (pl.Duration, pl.Time)):
            values = moments(values, ISO, "dataset.split", rows, _OTHERWISE)
        return cls(column.name, values.rank("dense").cast(pl.Int64).to_numpy())

    def cut(self, index: Index, fractions: Sequence[float], stream: Stream) -> list[Index]:  # noqa: ARG002
        """The oldest rows are the first piece. A border moves to the nearest change of time."""
        order = index[np.argsort(self.moment[index], kind="stable")]
        changes = np.flatnonzero(np.diff(self.moment[order])) + 1
        borders = list[int]()
        for wanted in np.cumsum(shares(len(order), fractions))[:-1]:
            lacking = len(fractions) - 2 - len(borders)  # borders to come, which need a change each
            free = changes[changes > borders[-1]] if borders else changes
            free = free[: len(free) - lacking]
            if not len(free):
                raise DataError(
                    f"dataset.split.column: {len(order)} rows have {len(changes) + 1} distinct times of {self.name!r}; "
                    f"{len(fractions)} parts need {len(fractions)} at least, since rows of the same time stay together"
                )
            borders.append(int(free[np.argmin(np.abs(free - wanted))]))
        return np.split(order, borders)

    def fold(self, index: Index, folds: int, number: int, stream: Stream) -> tuple[Index, Index]:
        """Forward chaining over folds + 1 spans of time: the first only trains, and what is newer is left out."""
        spans = self.cut(index, [1 / (folds + 1)] * (folds + 1), stream)
        return np.concatenate(spans[: number + 1]), spans[number + 1]
