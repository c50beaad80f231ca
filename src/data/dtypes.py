"""The type of a column that was read as text."""

import re
from typing import TYPE_CHECKING

import polars as pl

from src.errors import DataError

if TYPE_CHECKING:
    from src.config.source import Csv

_WORDS = {"true": True, "false": False}
LEADING_ZERO, DIGITS = r"^[+-]?0\d", r"^[+-]?\d+$"
_LOOKED_AT_FIRST = 1000  # cells; enough to tell most text columns without converting all of it

_COMMA = r"^[+-]?(\d{1,3}([., ']\d{3})+|\d+)?,\d+([eE][+-]?\d+)?$"
_GROUPS = r"^[+-]?\d{1,3}([, '.]\d{3})+(\.\d+)?$"
_UNIT = r"^[+-]?([$€£¥%] ?[+-]?[\d., ']*\d|[\d., ']*\d ?[$€£¥%])$"


def infer(text: pl.Series, csv: "Csv") -> pl.Series:
    """The column of texts as Boolean, Int64 or Float64 if all its cells are such, else as it is.

    Codes stay text: numbers with leading zeros (007), whole numbers too large for Int64, numbers too large for Float64.
    Raises DataError for a column of numbers with decimal points where `csv` declares a decimal comma.
    """
    head = text.drop_nulls().head(_LOOKED_AT_FIRST)
    if text.null_count() == len(text):
        return text
    if head[0].lower() in _WORDS and _all_hold(_booleans(head), head):
        truth = _booleans(text)
        return truth if _all_hold(truth, text) else text
    if csv.decimal != "." or csv.thousands:
        return _with_other_signs(text, csv)
    return _number(text, head)


def _number(text: pl.Series, head: pl.Series) -> pl.Series:
    if not _all_hold(as_floats(head), head):
        return text
    floats = as_floats(text)
    if not _all_hold(floats, text) or not floats.is_finite().any() or text.str.contains(LEADING_ZERO).any():
        return text
    if floats.is_infinite().any() and text.filter(floats.is_infinite()).str.contains(r"\d").any():
        return text
    if not head.str.contains(DIGITS).all():
        return floats
    whole = text.cast(pl.Int64, strict=False)
    if _all_hold(whole, text):
        return whole
    return text if text.str.contains(DIGITS).all() else floats


def _with_other_signs(text: pl.Series, csv: "Csv") -> pl.Series:
    """`infer` for decimal comma and groups of thousands: each cell that is such a number is one, also among texts."""
    group, point = re.escape(csv.thousands or ""), re.escape(csv.decimal)
    whole = rf"\d{{1,3}}({group}\d{{3}})+|\d+" if group else r"\d+"
    fits = text.str.contains(rf"^[+-]?(({whole})({point}\d*)?|{point}\d+)([eE][+-]?\d+)?$")
    plain = text.str.replace_all(csv.thousands, "", literal=True) if csv.thousands else text
    plain = plain.str.replace(csv.decimal, ".", literal=True).zip_with(fits.fill_null(False), text)
    odd = text.filter(~fits & ~text.str.contains(r"(?i)^[+-]?(nan|inf|infinity)$"))
    if not len(odd):
        return _number(plain, plain.drop_nulls().head(_LOOKED_AT_FIRST))
    if csv.decimal == "," and _all_hold(as_floats(odd), odd):
        raise DataError(
            f"column {text.name!r}: {odd[0]!r} has a decimal point, and dataset.csv.decimal is ','; "
            "set dataset.csv.thousands: '.' if it groups digits, else write all numbers alike"
        )
    return plain


def as_floats(text: pl.Series) -> pl.Series:
    """Float64; null for a text that is no number. `nan` and `inf` are numbers here."""
    return text.cast(pl.Float64, strict=False)


def written_otherwise(cell: str) -> str:
    """How a text that is no number could be read as one; "" if it is none at all."""
    comma, groups = re.match(_COMMA, cell), re.match(_GROUPS, cell)
    hints = ['if it has a decimal comma, set dataset.csv.decimal: ","'] if comma else []
    hints += ["if digits are in groups, set dataset.csv.thousands"] if groups else []
    if not hints and re.match(_UNIT, cell):
        hints = ["it is a number with a sign: take the sign out of the file"]
    return f"; {', '.join(hints)}" if hints else ""


def all_written_otherwise(texts: pl.Series) -> str:
    """`written_otherwise` of the first cell, if all cells are numbers and some have such signs; else ""."""
    signed = texts.str.contains(f"{_COMMA}|{_GROUPS}|{_UNIT}") & as_floats(texts).is_null()
    alike = bool(signed.any()) and bool((signed | as_floats(texts).is_not_null()).all())
    return written_otherwise(texts.filter(signed)[0]) if alike else ""


def _booleans(text: pl.Series) -> pl.Series:
    return text.str.to_lowercase().replace_strict(_WORDS, default=None, return_dtype=pl.Boolean)


def _all_hold(converted: pl.Series, text: pl.Series) -> bool:
    return converted.null_count() == text.null_count()
