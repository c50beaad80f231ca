"""The rows of a part and the order in which they are stored."""

from collections.abc import Iterator
from typing import Any

import torch
from numpy.typing import NDArray

from src.data.splits.kind import Index

SPREAD_FROM = 65_536
"""Rows from which on they are stored in random order."""

TOGETHER = 64
"""Neighbours that stay together then. To pick each row by itself takes twice as long, since memory is read in lines of
16 numbers and pages of 1,024; and 65,536 rows, the fewest of a window (`src.windows`), are still from 1,024 places."""

_SEED = 0x5EED
_STRETCH = 1 << 16  # rows that stay in the processor's cache from where they are picked until they are written


class Stored:
    """`rows` of a table, in this order until they are spread."""

    def __init__(self, rows: Index) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def spread(self) -> None:
        """Few rows stay as they are. Many get a random order of groups of neighbours, always the same: whoever reads a
        stretch of them then has a random sample, which makes a shuffle in two levels (stretches, then rows of some
        stretches) as good as one of all rows."""
        n = len(self.rows)
        if n <= SPREAD_FROM:
            return
        dtype = torch.int32 if n < 2**31 else torch.int64
        groups = torch.randperm(-(-n // TOGETHER), generator=torch.Generator().manual_seed(_SEED), dtype=dtype)
        order = (groups[:, None] * TOGETHER + torch.arange(TOGETHER, dtype=dtype)).flatten()
        self.rows = self.rows[order[order < n].numpy()]

    def of(self, values: NDArray[Any]) -> Iterator[NDArray[Any]]:
        """The rows of `values` [n, ...], which are those of the table, a stretch at a time."""
        for begin in range(0, len(self), _STRETCH):
            yield values.take(self.rows[begin : begin + _STRETCH], axis=0, mode="clip")  # quicker than with a check
