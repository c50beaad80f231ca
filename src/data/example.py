"""Some rows as somebody would send them in JSON, kept with a model to show how it is asked."""

from collections.abc import Iterable

import polars as pl

from src.data.splits.kind import Index


class Example:
    """Raw cells of the rows `index`, as somebody would send them in JSON: numbers as numbers, anything else as text."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.cells: dict[str, list[str | float | None]] = {}

    def add(self, raw: pl.DataFrame) -> None:
        for column in raw[self.index].iter_columns():
            self.cells[column.name] = [
                cell if isinstance(cell, int | float | None) else str(cell) for cell in column.to_list()
            ]

    def rows(self, names: Iterable[str]) -> list[dict[str, str | float | None]]:
        return [{name: self.cells[name][number] for name in names} for number in range(len(self.index))]
