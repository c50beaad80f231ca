"""A first description of a table that nobody has described yet: what src.init writes down for people to change."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from src.config.source import Csv
from src.data.dtypes import as_floats
from src.data.findings.columns import suspicious
from src.data.inspection import Verdict, inspect
from src.data.names import absent, listed
from src.data.rows import Rows
from src.data.source import Source
from src.data.split import PARTS
from src.data.target import read_target
from src.errors import ConfigError, DataError
from src.task import Task

TARGETS = ("target", "label", "class", "y")
"""Names, in lower case, that say what a column is for."""

_ALWAYS_MISSING = ("?", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "<NA>")
_AMONG_NUMBERS = (*_ALWAYS_MISSING, "NA", "na", "None", "none", "-", "--", ".", "missing", "unknown")
_SMALL_SENTINEL = 100  # -1 or 99 may be a number like any other in another column
_DECIMAL_COMMA = r"^[+-]?\d*,\d+$"
_PART_NAMES = {"train", "training", "validation", "valid", "val", "dev", "test"}


@dataclass(frozen=True)
class Draft:
    """`table`: as read with `csv` and `markers` (marker → columns it was found in); `small`: classes with fewer rows
    than there are parts; `missing_targets`: rows without the target; `split_column`: says the part of each row."""

    table: pl.DataFrame
    csv: dict[str, Any]
    markers: dict[str, list[str]]
    target: str
    task: Task
    verdicts: dict[str, Verdict]
    missing_targets: int
    small: list[str]
    split_column: str | None


def draft(path: Path, target: str | None, csv: dict[str, Any]) -> Draft:
    """Reads the file, with the options `csv` as in dataset.csv.

    Raises DataError for an unreadable file and a target that cannot be one, ConfigError if no target is given and none
    is to be seen.
    """
    found = csv | ({"decimal": ","} if "decimal" not in csv and _has_decimal_commas(path, csv) else {})
    source = Source((path,), Csv.model_validate(found))
    plain = source.read([])
    name = _target(plain.columns, target)
    markers = _markers(plain.drop(name))
    table = source.read(list(markers))
    column = table[name].drop_nulls()
    if column.is_empty():
        raise DataError(f"{path}: target {name!r} has no value in any row")
    known = read_target(column, "auto", Rows.count(len(column), source))
    sizes = column.cast(pl.String).value_counts() if known.task.is_classification else pl.DataFrame({"count": []})
    small = sizes.filter(pl.col("count") < len(PARTS))
    if 2 * small.height > sizes.height:
        raise DataError(f"{path}: target {name!r} has {sizes.height} classes, most of them with one or two rows")
    verdicts = inspect(table, name)
    split_column = next((each for each in verdicts if _tells_parts(table[each])), None)
    if split_column is not None:
        verdicts[split_column] = Verdict("left_out", "says the part of each row")
    small_names = small.to_series().to_list() if small.height else []
    missing = table.height - len(column)
    return Draft(table, found, markers, name, known.task, verdicts, missing, small_names, split_column)


def _target(present: list[str], asked: str | None) -> str:
    if asked is not None:
        if sentence := absent([asked], present):
            raise DataError(f"target={asked}: {sentence}")
        return asked
    likely = [name for name in present if name.lower() in TARGETS]
    if len(likely) == 1:
        return likely[0]
    reason = "more than one column may be it" if likely else f"no column is called {', '.join(TARGETS)}"
    raise ConfigError(f"which column is to be predicted? {reason}; write target=NAME, one of: {listed(present)}")


def _has_decimal_commas(path: Path, csv: dict[str, Any]) -> bool:
    """A column of numbers, some of them with a comma before the fraction."""
    table = Source((path,), Csv.model_validate(csv)).read([])
    texts = (column.drop_nulls().head(1000) for column in table.select(pl.col(pl.String)))
    return any(
        bool(cells.str.contains(_DECIMAL_COMMA).any())
        and as_floats(cells.str.replace(",", ".", literal=True)).null_count() == 0
        for cells in texts
    )


def _markers(table: pl.DataFrame) -> dict[str, list[str]]:
    """Texts that mean missing in any case, others only where all the rest are numbers; far numbers made of nines."""
    found: dict[str, list[str]] = {}
    for column in table:
        for marker in _texts_in(column) if column.dtype == pl.String else _numbers_in(column):
            found.setdefault(marker, []).append(column.name)
    return found


def _texts_in(column: pl.Series) -> list[str]:
    distinct = column.drop_nulls().unique()
    rest = distinct.filter(~distinct.is_in(_AMONG_NUMBERS))
    of_numbers = len(rest) > 0 and as_floats(rest).null_count() == 0
    return [marker for marker in (_AMONG_NUMBERS if of_numbers else _ALWAYS_MISSING) if marker in distinct]


def _numbers_in(column: pl.Series) -> list[str]:
    if not column.dtype.is_numeric():
        return []
    values = column.drop_nulls().cast(pl.Float64)
    nan = ["NaN"] if values.is_nan().any() else []
    return nan + [
        f"{value:.0f}" for value in suspicious(values.filter(values.is_finite()).to_numpy()) if _is_sentinel(value)
    ]


def _is_sentinel(value: float) -> bool:
    return value == round(value) and abs(value) >= _SMALL_SENTINEL and (value < 0 or set(f"{value:.0f}") == {"9"})


def _tells_parts(column: pl.Series) -> bool:
    if column.dtype != pl.String or column.null_count():
        return False
    names = {name.lower() for name in column.unique()}
    return names <= _PART_NAMES and len(names) == len(PARTS)
