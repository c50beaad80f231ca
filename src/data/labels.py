"""Several targets that are yes or no each: a row may have any number of the labels."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from src.data.kinds import kind_of, texts
from src.data.names import shortened
from src.data.rows import Rows
from src.errors import DataError

_WORDS = {"0": 0, "1": 1, "no": 0, "yes": 1, "false": 0, "true": 1}


def as_labels(column: pl.Series) -> pl.Series | None:
    """Int64 of 0 and 1, from 0/1, true/false or yes/no in any case; None if a cell is anything else."""
    values = _values(column.unique())
    return None if values.null_count() else _values(column)


def labels(column: pl.Series, rows: Rows) -> NDArray[np.int64]:
    """The same, complete. Raises DataError for a cell that is anything else, with its row."""
    values = _values(column)
    if values.null_count():
        index = int(values.is_null().arg_true()[0])
        raise DataError(
            f"target {column.name!r} {rows.place(index)}: {shortened(str(column[index]))!r} is no label; "
            "required: 0 or 1, no or yes, false or true (dataset.task=multilabel)"
        )
    return values.to_numpy()


def of_different_kinds(columns: Sequence[pl.Series]) -> DataError:
    """For targets of which one is no number and one is no label."""
    found = [f"{column.name!r} holds {_kind(column)}" for column in columns]
    return DataError(
        f"dataset.target: several targets must all be numbers or all be yes/no (0/1, true/false); {', '.join(found)}"
    )


def _values(column: pl.Series) -> pl.Series:
    if column.dtype == pl.Boolean:
        return column.cast(pl.Int64)
    if column.dtype.is_numeric():
        return column.replace_strict({0: 0, 1: 1}, default=None, return_dtype=pl.Int64)
    return texts(column).str.to_lowercase().replace_strict(_WORDS, default=None, return_dtype=pl.Int64)


def _kind(column: pl.Series) -> str:
    return "yes/no" if as_labels(column) is not None else f"{kind_of(column.dtype)}s"
