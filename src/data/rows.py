"""Which row of the file is meant, for people."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from src.data.source import line_of


@dataclass(frozen=True)
class Rows:
    """`numbers`: int64 [n], 1-based data row of the file for each row at hand; `path`: the file, if there is one."""

    numbers: pl.Series
    path: Path | None = None

    @classmethod
    def count(cls, n: int, path: Path | None = None) -> "Rows":
        return cls(pl.Series("row", range(1, n + 1), pl.Int64), path)

    def filter(self, mask: pl.Series) -> "Rows":
        return Rows(self.numbers.filter(mask), self.path)

    def place(self, index: int) -> str:
        """'row 12 (line 13) of t.csv'; the line only for a CSV file, which is read once more to find it."""
        number = int(self.numbers[index])
        if self.path is None:
            return f"row {number}"
        line = line_of(self.path, number)
        return f"row {number}{'' if line is None else f' (line {line})'} of {self.path}"

    def listed(self, mask: pl.Series, shown: int = 5) -> str:
        """'rows 3, 8, 11 and 20 more': the rows where `mask` is true."""
        numbers = self.numbers.filter(mask).to_list()
        more = f" and {len(numbers) - shown} more" if len(numbers) > shown else ""
        return f"row{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers[:shown]))}{more}"
