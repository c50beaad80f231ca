"""Section `dataset.columns` and what is done about missing cells."""

from typing import Literal

from src.config.section import Section


class Columns(Section):
    """The columns that the network sees; every other column is left out."""

    numeric: list[str] = []
    """Numbers; a derived column counts as well."""
    categorical: list[str] = []
    """Names, codes, yes/no: values without an order. Numbers are taken as names here."""
    auto: bool = False
    """Takes every other column too, its kind by inspection of the train rows; ids, constants and the like stay out."""
    drop: list[str] = []
    """Columns that `auto` leaves out."""


class Missing(Section):
    """What stands for a missing cell and what is put in its place."""

    numeric: Literal["median", "mean"] = "median"
    """Statistic of the train rows that replaces a missing number. A missing category is a value of its own."""
    indicator: bool = False
    """Adds a 0/1 input for each numeric column that has missing cells among the train rows."""
    markers: list[str] = []
    """Texts that mean "missing" besides the empty cell, for instance NA or ?."""
