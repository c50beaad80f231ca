"""A first description of a table that nobody has described yet: what src.init writes down for people to change."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from src.config.dataset import Dataset
from src.config.markers import EVERY_OTHER
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
    """`source`: where the table is; `table`: as read from there with `csv` and `markers` (marker → columns it was found
    in), but a column of `exceptions` has the markers named there; `small`: classes with fewer rows than there are
    parts; `missing_targets`: rows without a target; `split_column`: says the part of each row."""

    source: Dataset
    table: pl.DataFrame
    csv: dict[str, Any]
    markers: dict[str, list[str]]
    exceptions: dict[str, list[str]]
    targets: list[str]
    task: Task
    verdicts: dict[str, Verdict]
    missing_targets: int
    small: list[str]
    split_column: str | None


def draft(described: Dataset, root: Path, targets: list[str]) -> Draft:
    """`described`: where the table is and how it is written; the rest of it does not matter.

    Raises DataError for an unreadable file and targets that cannot be some, ConfigError if none is given and none is to
    be seen.
    """
    source, csv = Source.of(described, root), described.csv.model_dump(exclude_unset=True)
    plain = source.read([])
    if source.formats <= {"csv", "tsv"} and "decimal" not in csv and _has_decimal_commas(plain):
        csv["decimal"] = ","
        source = replace(source, csv=described.csv.model_copy(update={"decimal": ","}))
        plain = source.read([])
    names = _targets(plain.columns, targets)
    markers = _markers(plain.drop(names))
    exceptions = _exceptions(plain, markers)
    table = source.read({EVERY_OTHER: list(markers), **exceptions})
    answers = table.select(names).drop_nulls()
    if answers.is_empty():
        raise DataError(f"{source}: target {listed(names)!r} has no value in any row")
    known = read_target(answers.get_columns(), "auto", Rows.count(answers.height, source))
    first = answers.to_series().cast(pl.String)
    sizes = first.value_counts() if known.task.has_classes else pl.DataFrame({"count": []})
    small = sizes.filter(pl.col("count") < len(PARTS))
    if 2 * small.height > sizes.height:
        raise DataError(f"{source}: target {listed(names)!r} has {sizes.height} classes, most with one or two rows")
    verdicts = inspect(table.drop(names), None)
    split_column = None if source.parts else next((each for each in verdicts if _tells_parts(table[each])), None)
    if split_column is not None:
        verdicts[split_column] = Verdict("left_out", "says the part of each row")
    small_names = small.to_series().to_list() if small.height else []
    missing = table.height - answers.height
    beside = (missing, small_names, split_column)
    return Draft(described, table, csv, markers, exceptions, names, known.task, verdicts, *beside)


def _targets(present: list[str], asked: list[str]) -> list[str]:
    if asked:
        if sentence := absent(asked, present):
            raise DataError(f"target={', '.join(asked)}: {sentence}")
        return asked
    likely = [name for name in present if name.lower() in TARGETS]
    if len(likely) == 1:
        return likely
    reason = "more than one column may be it" if likely else f"no column is called {', '.join(TARGETS)}"
    raise ConfigError(f"which column is to be predicted? {reason}; write target=NAME, one of: {listed(present)}")


def _has_decimal_commas(table: pl.DataFrame) -> bool:
    """A column of numbers, some of them with a comma before the fraction."""
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


def _exceptions(table: pl.DataFrame, markers: dict[str, list[str]]) -> dict[str, list[str]]:
    """Columns of texts in which a marker of other columns is a word: a class or a country called NA."""
    found = {}
    for column in table.select(pl.col(pl.String)):
        words = [each for each in markers if each not in _ALWAYS_MISSING and column.name not in markers[each]]
        if present := [each for each in words if (column == each).any()]:
            found[column.name] = [each for each in markers if each not in present]
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
