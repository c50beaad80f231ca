"""The rows that are worked on, and columns of them, derived ones too."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from src.data.expressions import Expression, derived, needed
from src.data.kinds import kind_of
from src.data.rows import Rows
from src.data.splits.kind import random_numbers
from src.data.table import Table
from src.errors import DataError


def kept(table: Table, where: Expression | None, derive: Mapping[str, Expression], rows: Rows) -> tuple[Table, Rows]:
    """The rows that `where` is true for. Raises DataError if it is no condition or leaves none."""
    if where is None:
        return table, rows
    condition = where.of(_with_derived(table, where.inputs, derive, rows=None))
    if condition.dtype != pl.Boolean:
        raise DataError(
            f"{where} must be true or false for each row, it gives {kind_of(condition.dtype)}s (yes/no is 1 and 0)"
        )
    keep = condition.fill_null(False)
    if not keep.any():
        raise DataError(f"{where} leaves none of the {table.height} rows")
    return table.filter(keep), rows.filter(keep)


def limited(table: Table, most: int | None, seed: int, rows: Rows) -> tuple[Table, Rows]:
    """At most so many rows, in their order: random ones, the same for the same `seed` and number of rows."""
    if most is None or most >= table.height:
        return table, rows
    keep = np.zeros(table.height, np.bool_)
    keep[np.argsort(random_numbers(table.height, (seed, most)), kind="stable")[:most]] = True
    return table.filter(pl.Series(keep)), rows.filter(pl.Series(keep))


def complete_in(
    table: Table, required: Sequence[str], derive: Mapping[str, Expression], rows: Rows
) -> tuple[Table, Rows, dict[str, int]]:
    """The rows that have a value in each column of `required`, and how many lack one there. Raises DataError if there
    are none."""
    if not required:
        return table, rows, {}
    lacking = {name: column_of(table, name, derive, rows).is_null() for name in required}
    keep = ~pl.DataFrame(lacking).select(pl.any_horizontal(pl.all())).to_series()
    if not keep.any():
        raise DataError(
            f"each row lacks a value in {', '.join(required)}; drop under dataset.missing.columns leaves out such rows"
        )
    return table.filter(keep), rows.filter(keep), {name: int(where.sum()) for name, where in lacking.items()}


def column_of(table: Table, name: str, derive: Mapping[str, Expression], rows: Rows | None) -> pl.Series:
    """Of the table, or calculated (and then checked, as `derived` does with `rows`)."""
    return _with_derived(table, [name], derive, rows)[name] if name in derive else table[name]


def _with_derived(
    table: Table, names: Sequence[str], derive: Mapping[str, Expression], rows: Rows | None
) -> pl.DataFrame:
    calculated, raw = needed(names, derive)
    frame = table.select(raw)
    floats = [name for name, dtype in frame.schema.items() if kind_of(dtype) == "number"]
    return derived(frame.with_columns(pl.col(floats).cast(pl.Float64)), calculated, derive, rows)
