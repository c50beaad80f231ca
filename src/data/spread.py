"""The rows of a part and the order in which they are stored."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from src.data.splits.kind import Index

SPREAD_FROM = 65_536
"""Rows from which on they are stored in random order."""

_SEED = 0x5EED
_STRETCH = 1 << 16  # rows that stay in the processor's cache from where they are picked until they are written
_NEAR = 17  # bits: rows of a column, of 32 bits each, that stay there


class Stored:
    """`rows` of a table, in this order until they are spread."""

    def __init__(self, rows: Index) -> None:
        self.steps = [rows]

    def __len__(self) -> int:
        return len(self.steps[-1])

    def spread(self) -> None:
        """Few rows stay as they are. Many get a random order, always the same: whoever reads a stretch of them then has
        a random sample, which makes a shuffle in two levels (stretches, then rows of some stretches) as good as one of
        all rows."""
        [rows] = self.steps
        if len(rows) > SPREAD_FROM:
            dtype = torch.int32 if len(rows) < 2**31 else torch.int64  # the same numbers, in half of the time
            order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(_SEED), dtype=dtype)
            self.steps = _two_steps(rows[order.numpy()])

    def of(self, values: NDArray[Any]) -> Iterator[NDArray[Any]]:
        """The rows of `values` [n, ...], which are those of the table, a stretch at a time."""
        *before, last = self.steps
        for step in before:
            picked = np.empty((len(step), *values.shape[1:]), values.dtype)
            for stretch in _stretches(len(step)):
                values.take(step[stretch], axis=0, out=picked[stretch], mode="clip")
            values = picked
        for stretch in _stretches(len(last)):
            yield values.take(last[stretch], axis=0, mode="clip")  # quicker than with a check


def _two_steps(rows: Index) -> list[Index]:
    """First as they lie in the column, stretch by stretch, then as they are to be: to pick them so takes half of the
    time, since neither step jumps about in more memory than the processor's cache holds."""
    order = np.argsort((rows >> _NEAR).astype(np.uint16), kind="stable")
    place = np.empty_like(rows)
    place[order] = np.arange(len(rows), dtype=rows.dtype)
    return [rows[order], place]


def _stretches(n: int) -> Iterator[slice]:
    return (slice(begin, begin + _STRETCH) for begin in range(0, n, _STRETCH))
