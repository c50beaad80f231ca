"""Dates and times of the table as moments: for split by time, columns.datetime and epoch() in expressions."""

import re

import polars as pl

from src.config.dates import ISO
from src.data.kinds import texts
from src.data.names import shortened
from src.data.rows import Rows
from src.errors import DataError

_ISO_FORMS = (
    *("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"),
    *("%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M%#z", "%Y-%m-%dT%H:%M%#z"),
)
_FOUR_DIGITS = r"^\d{4}-"  # a year of two would be one of antiquity
_EXAMPLES = "2024-05-31 or 2024-05-31 13:45:00"
_ZONE = re.compile(r"%[#:]*z")


def moments(column: pl.Series, form: str, place: str, rows: Rows | None, remedy: str = "") -> pl.Series:
    """Datetime in microseconds, UTC; null where the cell is. A time without a zone counts as UTC.

    `column`: of dates, or of texts in the form `form` (ISO, or as of strptime). Raises DataError for another type, and
    for the first text that is no date, with its row; `place` says whose column it is.
    """
    if column.dtype in (pl.Date, pl.Datetime):
        zoned = isinstance(column.dtype, pl.Datetime) and column.dtype.time_zone is not None
        utc = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if zoned else column
        return utc.cast(pl.Datetime("us"))
    if column.dtype.is_numeric() and form != ISO:
        column = texts(column)  # 20240531
    if column.dtype != pl.String and column.null_count() < len(column):
        raise DataError(f"{place}: column {column.name!r} holds {column.dtype}; required: dates like {_EXAMPLES}")
    text = column.cast(pl.String)
    found = _parsed(text, form)
    if (wrong := found.is_null() & text.is_not_null()).any():
        index, count = int(wrong.arg_true()[0]), int(wrong.sum())
        cell, more = text[index], f" ({count} such cells)" if count > 1 else ""
        shown = repr(shortened(cell))
        required = f"dates like {_EXAMPLES}" if form == ISO else f"dates in the form {form}"
        row = f" {rows.place(index)}" if rows else ""
        raise DataError(f"{place}: column {column.name!r}{row}: {shown} is no date; required: {required}{remedy}{more}")
    return found


def fits(text: pl.Series, form: str) -> bool:
    """Whether every text is a date in this form."""
    return _parsed(text, form).null_count() == text.null_count()


def _parsed(text: pl.Series, form: str) -> pl.Series:
    """null where the text is no such date."""
    stripped = text.str.strip_chars()
    if form != ISO:
        return _read(stripped, form)
    rest = pl.select(pl.when(stripped.str.contains(_FOUR_DIGITS)).then(stripped)).to_series()
    found = pl.Series(text.name, [None], pl.Datetime("us")).new_from_index(0, len(text))
    for each in _ISO_FORMS:
        if rest.null_count() == len(rest):
            break
        found = found.zip_with(found.is_not_null(), _read(rest, each))
        rest = rest.set(found.is_not_null(), None)
    return found.alias(text.name)


def _read(text: pl.Series, form: str) -> pl.Series:
    zone = "UTC" if _ZONE.search(form) else None
    try:
        found = text.str.to_datetime(form, time_unit="us", strict=False, time_zone=zone)
    except pl.exceptions.PolarsError as error:
        raise DataError(f"{form!r} is no form of dates: {str(error).splitlines()[0]}") from None
    return found.dt.replace_time_zone(None)
