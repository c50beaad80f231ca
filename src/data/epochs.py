"""epoch(column) in expressions: the seconds since 1970 (UTC) of a column of dates, which SQL has no function for.

Dates that are not ISO need their form: epoch(day, '%d.%m.%Y').
"""

import re
from dataclasses import dataclass

import polars as pl

from src.config.dates import ISO
from src.data.moments import moments
from src.data.rows import Rows
from src.errors import DataError

_TEXT, _NAME = r"'(?:[^']|'')*'", r'"(?:[^"]|"")*"|`[^`]*`'
_CALL = re.compile(
    rf"""(?P<text>{_TEXT})
      | \bepoch\s*\( \s*(?:(?P<plain>[^\W\d]\w*)|(?P<name>{_NAME}))\s* (?:,\s*(?P<form>{_TEXT})\s*)? \)""",
    re.VERBOSE | re.IGNORECASE,
)
_UNREAD_CALL = re.compile(rf"{_TEXT}|{_NAME}|(?P<call>\bepoch\s*\()", re.IGNORECASE)
_MICROSECONDS = 1_000_000


@dataclass(frozen=True)
class Epoch:
    """`form` of the texts in `column`."""

    column: str
    form: str

    def of(self, column: pl.Series, place: str, rows: Rows | None) -> pl.Series:
        """Float64. Raises DataError for a text that is no date."""
        return moments(column, self.form, place, rows).cast(pl.Int64) / _MICROSECONDS


def without_epochs(key: str, sql: str) -> tuple[str, dict[str, Epoch]]:
    """The SQL with the name of a column in the place of each epoch(...), and what these columns hold.

    Raises DataError for an epoch() of anything but a column.
    """
    epochs: dict[str, Epoch] = {}

    def replaced(match: re.Match[str]) -> str:
        if match["text"]:
            return match.group()
        name = match["plain"] or match["name"][1:-1].replace('""', '"')
        alias = f"epoch {len(epochs)}"
        epochs[alias] = Epoch(name, match["form"][1:-1].replace("''", "'") if match["form"] else ISO)
        return f'"{alias}"'

    plain = _CALL.sub(replaced, sql)
    if any(match["call"] for match in _UNREAD_CALL.finditer(plain)):
        raise DataError(
            f"{key}: {sql!r}: epoch() takes a column of dates, and their form if they are not ISO: epoch(pickup), "
            "epoch(day, '%d.%m.%Y')"
        )
    return plain, epochs
