"""By a column that names the part of each row."""

import polars as pl

from src.data.names import listed
from src.data.rows import Rows
from src.data.splits.complete import complete
from src.data.splits.kind import Index
from src.errors import DataError

_MEANING = {"train": "train", "validation": "validation", "val": "validation", "valid": "validation", "test": "test"}


def named(column: pl.Series, rows: Rows) -> list[Index]:
    """Rows that say train, validation (val, valid) and test, in capital letters or not. Raises DataError for others."""
    if column.dtype != pl.String:
        raise DataError(f"dataset.split: column {column.name!r} holds {column.dtype}; {_REQUIRED}")
    parts = complete(column, rows).str.strip_chars().str.to_lowercase()
    part = parts.replace_strict(_MEANING, default=None, return_dtype=pl.String)
    if (wrong := part.is_null()).any():
        found = listed([repr(value) for value in column.filter(wrong).unique().sort()])
        raise DataError(f"dataset.split: column {column.name!r} says {found} ({rows.listed(wrong)}); {_REQUIRED}")
    if absent := [name for name in ("train", "validation", "test") if not (part == name).any()]:
        raise DataError(f"dataset.split: column {column.name!r} says {listed(absent)} in no row; {_REQUIRED}")
    return [(part == name).arg_true().cast(pl.Int64).to_numpy() for name in ("train", "validation", "test")]


_REQUIRED = "required: train, validation (or val, valid) or test in each row, and each of them somewhere"
