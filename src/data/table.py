"""A table whose columns are read when they are asked for: all at once where it is small, else one by one."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl


class Table(ABC):
    """`schema`: name to type of every column; `height`: number of rows."""

    schema: Mapping[str, pl.DataType]
    height: int

    @abstractmethod
    def select(self, names: Sequence[str]) -> pl.DataFrame:
        """These columns, missing cells null."""

    @abstractmethod
    def filter(self, keep: pl.Series) -> "Table":
        """The rows where `keep` (Boolean [height]) is true."""

    @property
    def columns(self) -> list[str]:
        return list(self.schema)

    def __getitem__(self, name: str) -> pl.Series:
        return self.select([name])[name]


class HeldTable(Table):
    """All of it in memory."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame, self.schema, self.height = frame, frame.schema, frame.height

    def select(self, names: Sequence[str]) -> pl.DataFrame:
        return pl.DataFrame([self.frame[name] for name in names])  # select() takes ^a$ for a pattern

    def filter(self, keep: pl.Series) -> "HeldTable":
        return HeldTable(self.frame.filter(keep))


@dataclass(frozen=True)
class LazyTable(Table):
    """On the disk; `read` gives columns of all its rows, of which `keep` (if not None) are taken."""

    schema: Mapping[str, pl.DataType]
    height: int
    read: Callable[[Sequence[str]], pl.DataFrame]
    keep: pl.Series | None = field(default=None, compare=False)

    def select(self, names: Sequence[str]) -> pl.DataFrame:
        frame = self.read(names)
        return frame if self.keep is None else frame.filter(self.keep)

    def filter(self, keep: pl.Series) -> "LazyTable":
        if self.keep is None:
            return LazyTable(self.schema, int(keep.sum()), self.read, keep)
        within = self.keep.to_numpy().copy()
        within[within] = keep.to_numpy()
        return LazyTable(self.schema, int(keep.sum()), self.read, pl.Series(within))
