"""A column as numbers or as texts, the same for the same values in CSV, Parquet and JSON."""

import math
from typing import Literal

import polars as pl

from src.data.dtypes import DIGITS, LEADING_ZERO, as_floats, written_otherwise
from src.data.names import shortened
from src.data.rows import Rows
from src.errors import DataError

Kind = Literal["number", "text"]

_SHOWN = 60  # characters of a wrong cell
_WHOLE_LIMIT = 2.0**53  # beyond it, float64 does not hold every whole number


def kind_of(dtype: pl.DataType) -> Kind:
    """Yes/no counts as a number: it is 0 and 1 in expressions."""
    return "number" if dtype.is_numeric() or dtype == pl.Boolean else "text"


def numbers(column: pl.Series, rows: Rows, remedy: str = "") -> pl.Series:
    """Float64 (Float32 stays it) with null where missing; numbers written as text count, yes/no is 1 and 0.

    Raises DataError, with the first row, for a text that is no number, for NaN and for an infinite value.
    """
    if column.dtype == pl.String:
        values = as_floats(column)
        _refuse(values.is_null() & column.is_not_null(), column, rows, f"is not a number{remedy}")
    elif column.dtype.is_numeric() or column.dtype in (pl.Boolean, pl.Null):
        values = column if column.dtype == pl.Float32 else column.cast(pl.Float64)
    else:
        raise DataError(f"column {column.name!r} holds {column.dtype}; numbers are required")
    finite = "is not a finite number; leave the cell empty or list the value under missing.markers if it means missing"
    if not math.isfinite(values.sum()):  # quicker than to ask each number; the sum of very large ones is infinite too
        _refuse(~values.is_finite(), column, rows, finite)
    return values


def texts(column: pl.Series) -> pl.Series:
    """String with null where missing; one text for each value: 1, 1.0 and "1" are "1", True and "TRUE" are "true"."""
    if column.dtype.is_float() or column.dtype.is_decimal():
        shortest = column if column.dtype == pl.Float64 else column.cast(pl.String)  # 0.1 also if it was float32
        return _float_texts(shortest.cast(pl.Float64).fill_nan(None))
    if column.dtype != pl.String:
        if column.dtype.is_nested() or column.dtype in (pl.Binary, pl.Object):
            raise DataError(f"column {column.name!r} holds {column.dtype}; text, numbers or yes/no are required")
        return column.cast(pl.String)
    floats, whole = as_floats(column), column.cast(pl.Int64, strict=False)
    is_code = column.str.contains(LEADING_ZERO) | column.str.contains(DIGITS) | ~floats.is_finite()
    lower = column.str.to_lowercase()
    return pl.select(
        pl.when(lower.is_in(["true", "false"])).then(lower)
        .when(whole.is_not_null() & ~column.str.contains(LEADING_ZERO)).then(whole.cast(pl.String))
        .when(floats.is_not_null() & ~is_code).then(_float_texts(floats))
        .otherwise(column).alias(column.name)
    ).to_series()  # fmt: skip


def in_order(values: pl.Series) -> list[str]:
    """The distinct texts, sorted; as numbers if all are."""
    distinct = values.drop_nulls().unique().sort()
    as_numbers = as_floats(distinct)
    if as_numbers.null_count() or not as_numbers.is_finite().all():
        return distinct.to_list()
    return distinct.gather(as_numbers.arg_sort()).to_list()


def _refuse(wrong: pl.Series, column: pl.Series, rows: Rows, reason: str) -> None:
    count = wrong.sum()
    if count:
        index = int(wrong.arg_true()[0])
        more = f" ({count} such cells)" if count > 1 else ""
        cell = str(column[index])
        shown = repr(shortened(cell))
        raise DataError(
            f"column {column.name!r} {rows.place(index)}: {shown} {reason}{written_otherwise(cell[:_SHOWN])}{more}"
        )


def _float_texts(values: pl.Series) -> pl.Series:
    whole = (values == values.round(0)) & (values.abs() < _WHOLE_LIMIT)
    return pl.select(
        pl.when(whole).then(values.cast(pl.Int64, strict=False).cast(pl.String))
        .otherwise(values.cast(pl.String)).alias(values.name)
    ).to_series()  # fmt: skip
