"""The type of a column that was read as text."""

import polars as pl

LEADING_ZERO, DIGITS = r"^[+-]?0\d", r"^[+-]?\d+$"
_LOOKED_AT_FIRST = 1000  # cells; enough to tell most text columns without converting all of it


def infer(text: pl.Series) -> pl.Series:
    """The column of texts as Boolean, Int64 or Float64 if all its cells are such, else as it is.

    Codes stay text: numbers with leading zeros (007), whole numbers too large for Int64.
    """
    head = text.drop_nulls().head(_LOOKED_AT_FIRST)
    if text.null_count() == len(text):
        return text
    if _all_hold(_booleans(head), head):
        truth = _booleans(text)
        return truth if _all_hold(truth, text) else text
    if not _all_hold(as_floats(head), head):
        return text
    floats = as_floats(text)
    if not _all_hold(floats, text) or not floats.is_finite().any() or text.str.contains(LEADING_ZERO).any():
        return text
    if not head.str.contains(DIGITS).all():
        return floats
    whole = text.cast(pl.Int64, strict=False)
    if _all_hold(whole, text):
        return whole
    return text if text.str.contains(DIGITS).all() else floats


def as_floats(text: pl.Series) -> pl.Series:
    """Float64; null for a text that is no number. `nan` and `inf` are numbers here."""
    return text.cast(pl.Float64, strict=False)


def _booleans(text: pl.Series) -> pl.Series:
    words = {"true": True, "false": False}
    return text.str.to_lowercase().replace_strict(words, default=None, return_dtype=pl.Boolean)


def _all_hold(converted: pl.Series, text: pl.Series) -> bool:
    return converted.null_count() == text.null_count()
