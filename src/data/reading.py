"""The columns of a table, some at a time, read while the caller works: many rows need not be in memory at once."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self

import polars as pl

from src.data.columns import Columns
from src.data.table import Table

Group = tuple[list[str], pl.DataFrame]
"""Names of some features, and the columns of the table that they need."""

_GROUP_BYTES = 64 << 20
"""Of the columns of a group, as float64."""

_AHEAD = 4  # groups: while the rows are split, half of the processor is free


class Reading:
    """Iterates over the groups, in the order of `columns.names`. It begins to read at once, but where a single column
    is more than a group should be: then it waits until it is iterated, and reads one group ahead."""

    def __init__(self, columns: Columns, table: Table) -> None:
        size = _GROUP_BYTES // (8 * table.height)
        self.groups = _groups(columns, table, max(1, size))
        self.thread = ThreadPoolExecutor(1)
        self.waiting: deque[Future[Group | None]] = deque()
        self.ahead = _AHEAD if size else 1
        if size:
            self._fill()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.thread.shutdown(cancel_futures=True)

    def __iter__(self) -> Iterator[Group]:
        self._fill()
        while (group := self.waiting.popleft().result()) is not None:
            self._fill()
            yield group

    def _fill(self) -> None:
        while len(self.waiting) < self.ahead:
            self.waiting.append(self.thread.submit(next, self.groups, None))


def _groups(columns: Columns, table: Table, size: int) -> Iterator[Group]:
    for start in range(0, len(columns.names), size):
        names = columns.names[start : start + size]
        yield names, table.select(columns.reads(names, table.columns))
