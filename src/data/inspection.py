"""What a column of a table is, by its values and its name alone: the target is never looked at.

The rules, first match wins (n: rows with a value; thresholds below):
 1. no value, or the same in all rows                                            left out
 2. dates, as a type or as text                                                  datetime
    dates of which day and month cannot be told apart                            left out
 3. yes/no                                                                       categorical
 4. whole numbers, all different, that count up or down or fill a range,
    or whose name says id                                                        left out (an id)
 5. whole numbers whose name says code (Pclass, zip, store_id), few values       categorical
 6. other numbers                                                                numeric
 7. text: numbers with a decimal comma, groups of digits, a percent sign          left out
    few values                                                                   categorical
    else nearly all numbers; sentences; nearly unique; too many values           left out
"""

import re
from dataclasses import dataclass
from typing import Literal

import polars as pl

from src.config.dates import ISO
from src.data.date_forms import forms_of
from src.data.dtypes import all_written_otherwise, as_floats

_ROWS_PER_VALUE = 5  # on average at least, or there is nothing to learn about a value ...
_ALWAYS_FEW = 10  # ... unless there are only so many
_MOST_CODES = 100  # whole numbers taken as names
_LEAST_ROWS_OF_ID = 20  # fewer rows may all differ by chance
_NEARLY = 0.9  # share of different texts; share of numbers among texts
_SENTENCE = 4  # words on average

_ID_NAME = re.compile(r"(?i:(^|[\s_.-])(id|uuid|guid|key|index|idx|row|rownum)$|^unnamed)|[a-z0-9](Id|ID)$")
_CODE_NAME = re.compile(r"(?i)(code|class|type|category|kind|zip|zipcode|postcode|zone|region|cluster)$")


@dataclass(frozen=True)
class Verdict:
    """What a column is taken as, and why, in a few words for people; for dates the form of the texts."""

    kind: Literal["numeric", "datetime", "categorical", "left_out"]
    why: str
    form: str = ISO


def inspect(table: pl.DataFrame, target: str | None) -> dict[str, Verdict]:
    """The verdict on each column but the target, in the order of the table; missing cells must be null."""
    return {column.name: verdict(column) for column in table if column.name != target}


def verdict(column: pl.Series) -> Verdict:
    """The verdict on one column, by the rules at the top of this file."""
    if column.null_count() == len(column):
        return Verdict("left_out", "no value in any row")
    if column.dtype.is_nested() or column.dtype in (pl.Binary, pl.Object):
        return Verdict("left_out", f"holds {column.dtype}")
    values = column.drop_nulls()
    if (values == values[0]).all():
        return Verdict("left_out", f"always {_shortened(values[0])}")
    if column.dtype in (pl.Date, pl.Datetime):
        return Verdict("datetime", "dates")
    if column.dtype == pl.String and (forms := forms_of(values)):
        return _of_dates(values, forms)
    if column.dtype == pl.Boolean:
        return Verdict("categorical", "yes/no")
    return _of_numbers(values) if column.dtype.is_numeric() else _of_texts(values.cast(pl.String))


def says_id(name: str) -> bool:
    """Whether the name of a column says that it tells rows or things apart: id, customer_id, PassengerId, key."""
    return bool(_ID_NAME.search(name))


def _of_numbers(values: pl.Series) -> Verdict:
    if not _whole(values):
        return Verdict("numeric", "numbers")
    if _is_id(values):
        return Verdict("left_out", "an id: whole numbers, another one in each row")
    if says_id(values.name) or _CODE_NAME.search(values.name):
        distinct = values.n_unique()
        if distinct <= _MOST_CODES and _few(distinct, len(values)):
            return Verdict("categorical", f"{distinct} codes, by its name")
        if says_id(values.name):
            return Verdict("left_out", f"an id by its name, {distinct} values in {len(values)} rows")
    return Verdict("numeric", "whole numbers")


def _of_texts(values: pl.Series) -> Verdict:
    n, distinct = len(values), values.n_unique()
    if hint := all_written_otherwise(values):
        return Verdict("left_out", f"numbers written like {_shortened(values[0])}{hint}")
    if _few(distinct, n):
        return Verdict("categorical", f"{distinct} values")
    numbers = as_floats(values)
    if numbers.null_count() < (1 - _NEARLY) * n:
        wrong = values.filter(numbers.is_null())
        example = f", for instance {_shortened(wrong[0])}" if len(wrong) else ""
        return Verdict("left_out", f"text among numbers in {len(wrong)} rows{example}")
    words = values.str.count_matches(r"\S+").mean()
    assert isinstance(words, float)
    if words > _SENTENCE:
        return Verdict("left_out", f"free text of {words:.0f} words")
    if distinct > _NEARLY * n:
        return Verdict("left_out", f"another text in nearly each row, {distinct} in {n}")
    return Verdict("left_out", f"too many values: {distinct} in {n} rows")


def _few(distinct: int, n: int) -> bool:
    return distinct * _ROWS_PER_VALUE <= n or distinct <= min(_ALWAYS_FEW, n // 2)


def _whole(values: pl.Series) -> bool:
    if values.dtype.is_integer():
        return True
    head = values.head(1000)
    return bool((head == head.round(0)).all()) and bool((values == values.round(0)).all())


def _is_id(values: pl.Series) -> bool:
    """All different, and: in order, or filling at least half of their range, or so by name."""
    n = len(values)
    steps = values.cast(pl.Float64).diff().drop_nulls()
    if n >= _LEAST_ROWS_OF_ID and (bool((steps > 0).all()) or bool((steps < 0).all())):
        return True
    low, high = values.min(), values.max()
    assert isinstance(low, int | float)
    assert isinstance(high, int | float)
    dense = n >= _LEAST_ROWS_OF_ID and n <= high - low + 1 <= 2 * n
    return (dense or says_id(values.name)) and values.n_unique() == n


def _of_dates(values: pl.Series, forms: list[str]) -> Verdict:
    example = f"dates like {_shortened(values[0])}"
    if len(forms) == 1:
        return Verdict("datetime", example, forms[0])
    return Verdict("left_out", f"{example}, {' or '.join(forms)}? name it under columns.datetime with its form")


def _shortened(value: object) -> str:
    text = str(value)
    return repr(text) if len(text) <= 20 else repr(text[:17] + "...")
