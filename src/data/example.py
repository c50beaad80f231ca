"""Some rows as somebody would send them in JSON, kept with a model to show how it is asked and to prove its answers."""

import math
from collections.abc import Iterable, Sequence

import polars as pl

from src.data.splits.kind import Index

Cell = str | float | None
"""Yes/no, numbers, texts; None where missing."""

_MOST_ROWS, _MOST_CELLS = 32, 4096


class Example:
    """Raw cells of the rows `index`, as somebody would send them in JSON: numbers as numbers, anything else as text."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.cells: dict[str, list[Cell]] = {}

    def add(self, raw: pl.DataFrame) -> None:
        for column in raw[self.index].iter_columns():
            kept = column.cast(pl.String) if column.dtype.is_temporal() else column
            self.cells[column.name] = [_in_json(cell) for cell in kept.to_list()]

    def rows(self, names: Iterable[str]) -> list[dict[str, Cell]]:
        return [{name: self.cells[name][number] for name in names} for number in range(len(self.index))]


def proving(columns: int) -> int:
    """How many rows of so many raw columns are kept to prove the answers of a model with."""
    return max(1, min(_MOST_ROWS, _MOST_CELLS // max(1, columns)))


def frame_of(rows: Sequence[dict[str, Cell]]) -> pl.DataFrame:
    """The inverse of `Example.rows`."""
    return pl.DataFrame([_series(name, [row[name] for row in rows]) for name in rows[0]])


def _series(name: str, cells: list[Cell]) -> pl.Series:
    if any(isinstance(cell, str) for cell in cells):
        return pl.Series(name, [cell if cell is None else str(cell) for cell in cells], pl.String)
    return pl.Series(name, cells)


def _in_json(cell: object) -> Cell:
    """JSON has neither NaN, which is a missing cell, nor infinity."""
    if isinstance(cell, float) and not math.isfinite(cell):
        return None if math.isnan(cell) else str(cell)
    return cell if isinstance(cell, int | float | None) else str(cell)
