"""A column that tells what becomes of a row, so every row must have it."""

import polars as pl

from src.data.rows import Rows
from src.errors import DataError


def complete(column: pl.Series, rows: Rows) -> pl.Series:
    """The column itself. Raises DataError if a cell is missing or NaN."""
    column = column.fill_nan(None) if column.dtype.is_float() else column
    if count := column.null_count():
        raise DataError(
            f"dataset.split: column {column.name!r} is missing in {count} of {len(column)} rows "
            f"({rows.listed(column.is_null())}), which therefore belong to no part; fill it in, or leave the rows out "
            "with dataset.where"
        )
    return column
