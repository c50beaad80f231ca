"""Section `dataset.missing`: what stands for a missing cell and what is put in its place."""

from difflib import get_close_matches
from typing import Annotated, Literal

from pydantic import Field

from src.config.columns import Columns
from src.config.markers import EVERY_OTHER, markers_of
from src.config.section import Section
from src.config.statistic import STATISTICS, Statistic

Marker = Annotated[str, Field(min_length=1)]

_LARGEST = 3.4e38
_WORDS = ("drop", "most_frequent")
_ALMOST = 0.85  # likeness of a text to a word with a meaning from which on it is taken for a misspelt one


class Missing(Section):
    """What stands for a missing cell and what is put in its place."""

    numeric: Statistic | float = "median"
    """Statistic of the train rows that replaces a missing number, or the number itself. For ordered values and dates a
    statistic too (median, where a number is given here)."""
    categorical: Literal["own", "most_frequent"] = "own"
    """own: a missing category is a value of its own."""
    columns: dict[str, str | float] = {}
    """Single columns otherwise: median, mean, most_frequent, own, a number, a category; drop: rows without a value in
    this column are left out before the split. To predict such a row, the value is replaced as in other columns."""
    indicator: bool = False
    """Adds a 0/1 input for each column of numbers, ordered values or dates that has missing cells in train rows."""
    markers: list[Marker] | dict[str, list[Marker]] = []
    """Texts that mean "missing" besides the empty cell, for instance NA or ?. Column to such texts, where they differ:
    {"*": [NA], country: []} says that NA is a country, and missing in every other column."""

    @property
    def dropped(self) -> list[str]:
        """Columns without whose value a row is left out."""
        return [name for name, how in self.columns.items() if how == "drop"]

    def of_number(self, name: str) -> str | float:
        """What replaces a missing number, place or date that gets as far as the network."""
        return self.numeric if name in self.dropped else self.columns.get(name, self.numeric)

    def of_category(self, name: str) -> str | float:
        """What replaces a missing category that gets as far as the network."""
        return self.categorical if name in self.dropped else self.columns.get(name, self.categorical)

    def check(self, columns: Columns) -> None:
        """Raises ValueError for what does not fit the kind of a column, or fits none."""
        numbers = [each for each in (self.numeric, *self.columns.values()) if not isinstance(each, str)]
        if any(abs(each) > _LARGEST for each in numbers):
            raise ValueError(f"missing: a number that replaces others must be at most {_LARGEST:g}, as 32 bits hold it")
        if self.categorical != "own" and not (columns.categorical or columns.auto):
            raise ValueError("missing.categorical: there are no columns under columns.categorical; leave it out")
        for name, how in self.columns.items():
            if name not in columns.names and not columns.auto:
                raise ValueError(f"missing.columns.{name}: the column is not listed under columns; leave it out")
            if name in columns.names and how != "drop" and (required := _required(columns, name, how)):
                raise ValueError(f"missing.columns.{name}: must be drop, {required}; got {how}")
        if isinstance(self.markers, dict) and [*self.markers] == [EVERY_OTHER]:
            raise ValueError("missing.markers: without another column this is a plain list; write markers: [...]")
        for name, values in columns.ordered.items():
            if eaten := sorted({*markers_of(self.markers, name)} & {*values}):
                raise ValueError(
                    f"columns.ordered.{name}: {', '.join(eaten)} means missing by missing.markers; give this column "
                    f'markers of its own, for instance {{"{EVERY_OTHER}": [NA], {name}: []}}'
                )


def _required(columns: Columns, name: str, how: str | float) -> str:
    """What the strategy must be, beside drop, where it is none for the kind of the column; else ""."""
    statistics = f"one of {', '.join(STATISTICS)}"
    if name in columns.numeric:
        return "" if how in STATISTICS or not isinstance(how, str) else f"a number or {statistics}"
    if name in columns.ordered:
        values = columns.ordered[name]
        return "" if how in (*STATISTICS, *values) else f"{statistics}, or one of its values {', '.join(values)}"
    if name in columns.forms:
        return "" if how in STATISTICS else statistics
    misspelt = isinstance(how, str) and how != "most_frequent" and get_close_matches(how, _WORDS, cutoff=_ALMOST)
    is_category = isinstance(how, str) and how not in ("median", "mean") and not misspelt
    return "" if is_category else "own, most_frequent or a category"
