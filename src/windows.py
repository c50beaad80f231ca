"""The order of the rows in an epoch, also of rows that do not fit into memory: a shuffle in two levels.

Rows lie in blocks of neighbours. An epoch takes the blocks in random order, 16 to a window, and the rows of a window in
random order. Many rows are stored in random order to begin with, 64 neighbours at a time (`src.data.spread`), so a
window is a random sample of 1,024 places at least; few rows are a single window, and the order is one of all rows. It
is a function of (rows, window, seed, epoch), and the same whether the rows are in memory or not.
"""

import itertools
from functools import cached_property

import torch
from torch import Tensor

from src import batches

BLOCKS = 16
"""Blocks of a window."""

_WINDOW_BYTES = 128 << 20
_FEWEST, _MOST = 1 << 16, 1 << 20  # rows of a window

Block = tuple[int, int]
"""First and last-plus-one row."""


def window_rows(d_in: int) -> int:
    """Rows whose `d_in` numbers of 4 bytes fit into 128 MiB, but at least 65,536 and at most 1,048,576."""
    fitting = _WINDOW_BYTES // (4 * max(1, d_in))
    return max(_FEWEST, min(_MOST, fitting)) // BLOCKS * BLOCKS


class EpochOrder:
    """Which of `rows` rows comes at which position of the epoch."""

    def __init__(self, rows: int, window: int, seed: int, epoch: int) -> None:
        self.rows, self.window, self.seed, self.epoch = rows, window, seed, epoch

    @cached_property
    def windows(self) -> list[list[Block]]:
        """The blocks of each window."""
        if self.rows <= self.window:
            return [[(0, self.rows)]]
        size = self.window // BLOCKS
        blocks = [(start, min(start + size, self.rows)) for start in range(0, self.rows, size)]
        order = torch.randperm(len(blocks), generator=self._generator()).tolist()
        return [[blocks[each] for each in order[start : start + BLOCKS]] for start in range(0, len(order), BLOCKS)]

    @cached_property
    def starts(self) -> list[int]:
        """Position at which each window starts, and `rows`."""
        return [0, *itertools.accumulate(sum(stop - start for start, stop in blocks) for blocks in self.windows)]

    def within(self, number: int) -> Tensor:
        """int64: the rows of window `number`, counted through its blocks, in the order in which they come."""
        rows = self.starts[number + 1] - self.starts[number]
        single = len(self.windows) == 1
        return torch.randperm(rows, generator=self._generator() if single else self._generator(number))

    def all(self) -> Tensor:
        """int64 [rows]: the row at each position."""
        if len(self.windows) == 1:
            return self.within(0)
        of_windows = [
            torch.cat([torch.arange(*block) for block in blocks])[self.within(number)]
            for number, blocks in enumerate(self.windows)
        ]
        return torch.cat(of_windows)

    def _generator(self, *window: int) -> torch.Generator:
        # drawn on the CPU, so that each device sees the same
        return torch.Generator().manual_seed(batches.seed_for(self.seed, self.epoch, *window))
