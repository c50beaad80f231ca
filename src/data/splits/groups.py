"""By group: the rows of a group stay together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from src.data.kinds import texts
from src.data.rows import Rows
from src.data.splits.complete import complete
from src.data.splits.kind import Index, Kind, Stream, one_and_the_rest, shuffled
from src.errors import DataError


@dataclass(frozen=True)
class Groups(Kind):
    """`group` int64 [n]: the group of every row, numbered by its text, so that the order of the rows means nothing."""

    name: str
    group: NDArray[np.int64]

    @classmethod
    def of(cls, column: pl.Series, rows: Rows) -> Self:
        """Raises DataError for rows without a group."""
        return cls(column.name, texts(complete(column, rows)).rank("dense").cast(pl.Int64).to_numpy() - 1)

    def cut(self, index: Index, fractions: Sequence[float], stream: Stream) -> list[Index]:
        """The largest groups first, each to the part that lacks the most rows; chance orders groups of equal size."""
        sizes = np.bincount(self.group[index])
        order = shuffled(np.flatnonzero(sizes), stream)
        order = order[np.argsort(-sizes[order], kind="stable")]
        if len(order) < len(fractions):
            raise DataError(
                f"dataset.split.column: the {len(index)} rows are of {len(order)} group{'s' if len(order) > 1 else ''} "
                f"of {self.name!r}; {len(fractions)} parts need {len(fractions)} groups at least"
            )
        part = np.empty(len(sizes), np.int64)
        part[order] = _allotted(sizes[order].tolist(), [len(index) * fraction for fraction in fractions])
        return [index[part[self.group[index]] == number] for number in range(len(fractions))]

    def fold(self, index: Index, folds: int, number: int, stream: Stream) -> tuple[Index, Index]:
        return one_and_the_rest(self.cut(index, [1 / folds] * folds, stream), number)


def _allotted(sizes: Sequence[int], lacking: list[float]) -> list[int]:
    """The part of each group; `lacking`: rows that each part is to get. The last groups go to parts without any."""
    parts, empty = list[int](), set(range(len(lacking)))
    for done, size in enumerate(sizes):
        open_parts = empty if len(sizes) - done == len(empty) else range(len(lacking))
        chosen = max(open_parts, key=lambda part: (lacking[part], -part))
        lacking[chosen] -= size
        empty.discard(chosen)
        parts.append(chosen)
    return parts
