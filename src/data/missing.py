"""What stands for a missing cell becomes null."""

import math
from collections.abc import Sequence

import polars as pl
from polars.selectors import by_name

from src.config.markers import Markers, markers_of


def missing_as_null(frame: pl.DataFrame, markers: Markers, nan: bool = False) -> pl.DataFrame:
    """Null for each empty text and each of `markers`; a marker that is a number counts among numbers too.

    NaN stands for a missing number if `nan`, or if `nan` is one of the markers. Text loses the spaces around it; dates
    and times become ISO text.
    """
    settled = (_settled(column, markers_of(markers, column.name), nan) for column in frame)
    changed = [each for each in settled if each is not None]
    return frame.with_columns(changed) if changed else frame


def _settled(cells: pl.Series, markers: Sequence[str], nan: bool) -> pl.Expr | None:
    """None where the column stays as it is."""
    name, dtype = cells.name, cells.dtype
    marked = [number for number in map(_number, markers) if number is not None]
    numbers = [number for number in marked if number == number]
    nan = nan or len(numbers) < len(marked)
    fills = dtype.is_float() and nan and math.isnan(cells.sum())  # quicker than to ask each cell
    if dtype.is_numeric() and not numbers and not fills:
        return None
    column = by_name(name).as_expr()  # pl.col takes * for all of them
    if dtype == pl.String or isinstance(dtype, pl.Categorical | pl.Enum):
        text = column.cast(pl.String).str.strip_chars()
        return pl.when(text.is_in(["", *markers])).then(None).otherwise(text).alias(name)
    if dtype.is_temporal():
        return column.cast(pl.String)
    if fills:
        column = column.fill_nan(None)
    if dtype.is_numeric() and numbers:
        is_marked = pl.any_horizontal(column.cast(pl.Float64) == number for number in numbers)
        return pl.when(is_marked).then(None).otherwise(column).alias(name)
    return column if fills else None


def composed(frame: pl.DataFrame) -> pl.DataFrame:
    """Texts in Unicode's composed form (NFC), so that one word is one text.

    Columns of ASCII alone, which need nothing, are told by their lengths, which is far quicker than composing.
    """
    if pl.String not in frame.dtypes:
        return frame
    text = pl.col(pl.String)
    is_ascii = frame.select(text.str.len_bytes().sum() == text.str.len_chars().sum())
    return frame.with_columns(frame[column.name].str.normalize("NFC") for column in is_ascii if not column[0])


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
