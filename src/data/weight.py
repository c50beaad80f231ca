"""`dataset.weight`: what each row stands for, in the loss and in the metrics."""

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from src.data.kinds import numbers
from src.data.rows import Rows
from src.data.splits.kind import Index
from src.errors import DataError


def read_weight(column: pl.Series, rows: Rows) -> NDArray[np.float32]:
    """[n], finite, none negative. Raises DataError for a cell that is missing or anything else, with its row."""
    values = numbers(column, rows, "; dataset.weight needs numbers").fill_nan(None)
    for wrong, what in ((values.is_null(), "is missing"), (values < 0, "is negative")):
        if count := wrong.sum():
            raise DataError(
                f"dataset.weight: column {column.name!r} {what} in {count} of {len(column)} rows "
                f"({rows.listed(wrong)}); required: a number of at least 0 in each row, or leave the rows out with "
                "dataset.where"
            )
    return values.cast(pl.Float32).to_numpy()


def check_weight(name: str | None, weight: NDArray[np.float32], parts: Mapping[str, Index]) -> None:
    """Raises DataError if the rows of a part stand for nothing all together; `weight` [n], or [0] if rows have none."""
    for part, index in parts.items():
        if len(weight) and not weight[index].any():
            raise DataError(f"dataset.weight: column {name!r} is 0 in all {part} rows; they would count for nothing")
