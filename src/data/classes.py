"""A target of which each row has exactly one class."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from src.data.dtypes import all_written_otherwise
from src.data.kinds import in_order, texts
from src.data.names import listed, shortened
from src.data.rows import Rows
from src.errors import DataError

_FEW = 10  # classes


def classes_of(
    column: pl.Series, task: str, rows: Rows, order: Sequence[str] | None
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """The names of the classes, sorted unless `order` is given, and the place among them of each row.

    `column` is complete. Raises DataError for a single class, and a `task` or an `order` that the values contradict.
    """
    distinct = column.unique()
    values = texts(distinct)  # each once: of many rows, the texts would take more memory than all else
    if task == "auto" and (hint := all_written_otherwise(values)):
        raise DataError(f"target {column.name!r} {rows.place(0)}: {shortened(str(column[0]))!r} is not a number{hint}")
    classes = in_order(values)
    if order is not None:
        _check_order(column.name, classes, order)
        classes = list(order)
    _check_classes(column.name, classes, task)
    return tuple(classes), _codes(column, distinct, values.replace_strict(classes, range(len(classes))))


def _codes(column: pl.Series, distinct: pl.Series, codes: pl.Series) -> NDArray[np.int64]:
    """The code of each cell, which is that of its value in `distinct`."""
    if len(distinct) > _FEW:
        return column.replace_strict(distinct, codes, return_dtype=pl.Int64).to_numpy()
    found = np.zeros(len(column), np.uint8)
    for value, code in zip(distinct, codes, strict=True):  # for few values much quicker
        found += np.uint8(code) * (column == value).to_numpy()
    return found.astype(np.int64)


def _check_order(name: str, classes: Sequence[str], order: Sequence[str]) -> None:
    if sorted(classes) != sorted(order):
        raise DataError(
            f"dataset.classes must name each class of the target {name!r} once: {listed(sorted(classes))}; "
            f"it names {listed(order)}"
        )


def _check_classes(name: str, classes: Sequence[str], task: str) -> None:
    if len(classes) == 1:
        raise DataError(f"target {name!r} is {shortened(classes[0])!r} in all rows; there is nothing to learn")
    if task == "binary" and len(classes) > 2:
        raise DataError(
            f"target {name!r} has {len(classes)} classes ({listed(classes)}), two were meant by dataset.task=binary"
        )
