"""Tables with the same columns, one below the other."""

from collections.abc import Collection, Mapping
from pathlib import Path

import polars as pl

from src.data.names import listed
from src.errors import DataError


def below_each_other(tables: Mapping[Path, pl.DataFrame]) -> pl.DataFrame:
    """By the names of the columns, in the order of the first table; whole numbers and fractions become fractions."""
    (first, table), *rest = tables.items()
    for path, other in rest:
        check_columns(first, table.columns, path, other.columns)
        for name, dtype in table.schema.items():
            if dtype != other.schema[name] and not (dtype.is_numeric() and other.schema[name].is_numeric()):
                raise DataError(f"column {name!r} is {dtype} in {first} and {other.schema[name]} in {path}")
    if not rest:
        return table
    return pl.concat([table, *(other[table.columns] for _, other in rest)], how="vertical_relaxed")


def check_columns(first: Path, columns: Collection[str], path: Path, others: Collection[str]) -> None:
    """Raises DataError if the file `path` has not the columns of the file `first`, in whatever order."""
    if lacking := [name for name in columns if name not in others]:
        raise DataError(f"{path} has no column {listed(lacking)}; {first} has. All files need the same columns")
    if more := [name for name in others if name not in columns]:
        raise DataError(f"{path} has the column {listed(more)}; {first} has not. All files need the same columns")
