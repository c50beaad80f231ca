"""Columns of plain values, as JSON and pandas hold them, as a table."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from src.data.features import Features


def from_plain(cells: Mapping[str, Sequence[Any]], features: Features) -> pl.DataFrame:
    """Float64, String and Boolean columns; `cells`: None where missing. Columns that are absent stay absent.

    A column of numbers may have them as texts; one of yes/no may have 1 and 0, as which a server's signature knows it.
    Raises ValueError for a text that is no number.
    """
    columns = []
    for name, kind in features.raw_columns.items():
        if name not in cells:
            continue
        if kind == "text":
            columns.append(pl.Series(name, [None if cell is None else str(cell) for cell in cells[name]], pl.String))
        else:
            numbers = pl.Series(name, [None if cell is None else float(cell) for cell in cells[name]], pl.Float64)
            columns.append(numbers.cast(pl.Boolean) if name in features.yes_no else numbers)
    return pl.DataFrame(columns)
