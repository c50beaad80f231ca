"""A column of values with an order, as texts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import polars as pl

from src.config.statistic import STATISTICS
from src.data.encoders.encoder import NumberEncoder, Numbers
from src.data.names import listed, shortened
from src.data.rows import Rows
from src.errors import DataError


@dataclass(frozen=True)
class Ordered(NumberEncoder):
    """`values`, from first to last: each enters as its place, 0, 1, 2, ...; any other counts as missing."""

    kind: ClassVar[str] = "ordered"
    values: tuple[str, ...]

    @classmethod
    def fit(cls, train: pl.Series, values: Sequence[str]) -> Self:
        return cls(train.name, tuple(values))

    def numbers(self, column: pl.Series) -> Mapping[str, Numbers]:
        places = range(len(self.values))
        place = column.replace_strict(list(self.values), places, default=None, return_dtype=pl.Float64)
        return {self.name: place.fill_null(float("nan")).to_numpy()}

    def replacement(self, how: str | float) -> str | float:
        """The place of one of the values; a number was meant for columns of numbers."""
        if how in self.values:
            return float(self.values.index(str(how)))
        return how if how in STATISTICS else "median"

    def odd(self, column: pl.Series) -> int:
        return int(_others(column, self.values).sum())

    def note(self, count: int) -> str:
        return f"{self.name} is not one of {listed(self.values)} in {count} row(s)"


def refuse_others(column: pl.Series, values: Sequence[str], rows: Rows) -> None:
    """Raises DataError, with the first row, for a text of the table that is not one of `values`."""
    if (others := _others(column, values)).any():
        index, count = int(others.arg_true()[0]), others.sum()
        raise DataError(
            f"column {column.name!r} {rows.place(index)}: {shortened(column[index])!r} is not in the order that "
            f"dataset.columns.ordered gives it, {listed(values)}; add it there, or to missing.markers if it means "
            f"missing{f' ({count} such cells)' if count > 1 else ''}"
        )


def _others(column: pl.Series, values: Sequence[str]) -> pl.Series:
    return column.is_not_null() & ~column.is_in(list(values))
