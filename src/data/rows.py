"""Which row of the table is meant, for people."""

from dataclasses import dataclass

import polars as pl

from src.data.source import Source


@dataclass(frozen=True)
class Rows:
    """`numbers`: int64 [n], 1-based row of the table for each row at hand; `source`: its files, if there are any."""

    numbers: pl.Series
    source: Source | None = None

    @classmethod
    def count(cls, n: int, source: Source | None = None) -> "Rows":
        return cls(pl.Series("row", range(1, n + 1), pl.Int64), source)

    def filter(self, mask: pl.Series) -> "Rows":
        return Rows(self.numbers.filter(mask), self.source)

    def place(self, index: int) -> str:
        """'row 12 (line 13) of t.csv', or 'row 12' without a file."""
        number = int(self.numbers[index])
        return f"row {number}" if self.source is None else self.source.place(number)

    def listed(self, mask: pl.Series, shown: int = 5) -> str:
        """'rows 3, 8, 11 and 20 more': the rows where `mask` is true."""
        numbers = self.numbers.filter(mask).to_list()
        more = f" and {len(numbers) - shown} more" if len(numbers) > shown else ""
        return f"row{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers[:shown]))}{more}"
