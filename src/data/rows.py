"""Which row of the table is meant, for people."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl


class Files(Protocol):
    """What a table is read from (`src.data.source.Source`)."""

    def place(self, row: int) -> str:
        """'row 12 (line 13) of t.csv' for the 1-based row of the table."""

    def rows_of_parts(self) -> dict[str, int]:
        """Number of rows for train, validation and test, in this order, where each part has its own files."""


@dataclass(frozen=True)
class Rows:
    """`height` rows at hand; `source`: the files of the table, if there are any."""

    height: int
    source: Files | None = None
    chosen: pl.Series | None = None
    """int64 [height], 1-based row of the table for each row at hand; None: all in order."""

    @classmethod
    def count(cls, n: int, source: Files | None = None) -> "Rows":
        return cls(n, source)

    @property
    def numbers(self) -> pl.Series:
        """int64 [height], 1-based row of the table for each row at hand."""
        return pl.Series("row", np.arange(1, self.height + 1)) if self.chosen is None else self.chosen

    def filter(self, mask: pl.Series) -> "Rows":
        chosen = self.numbers.filter(mask)
        return Rows(len(chosen), self.source, chosen)

    def place(self, index: int) -> str:
        """'row 12 (line 13) of t.csv', or 'row 12' without a file."""
        number = index + 1 if self.chosen is None else int(self.chosen[index])
        return f"row {number}" if self.source is None else self.source.place(number)

    def listed(self, mask: pl.Series, shown: int = 5) -> str:
        """'rows 3, 8, 11 and 20 more': the rows where `mask` is true."""
        numbers = self.numbers.filter(mask).to_list()
        more = f" and {len(numbers) - shown} more" if len(numbers) > shown else ""
        return f"row{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers[:shown]))}{more}"
