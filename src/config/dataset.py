"""Group `dataset`: where the table is, which columns mean what, how its rows are split."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from src.config.section import Section

Fraction = Annotated[float, Field(gt=0, lt=1)]
Text = Annotated[str, Field(min_length=1)]


class Columns(Section):
    """The columns that the network sees; every other column is left out."""

    numeric: list[str] = []
    """Numbers; a derived column counts as well."""
    categorical: list[str] = []
    """Names, codes, yes/no: values without an order. Numbers are taken as names here."""


class Missing(Section):
    """What stands for a missing cell and what is put in its place."""

    numeric: Literal["median", "mean"] = "median"
    """Statistic of the train rows that replaces a missing number. A missing category is a value of its own."""
    indicator: bool = False
    """Adds a 0/1 input for each numeric column that has missing cells among the train rows."""
    markers: list[str] = []
    """Texts that mean "missing" besides the empty cell, for instance NA or ?."""


class Split(Section):
    """Which rows train, which choose the best epoch (validation), and which are looked at once, at the end (test)."""

    by: Literal["random", "stratified"] = "stratified"
    """stratified keeps the share of each class equal in all parts (regression: random)."""
    train: Fraction = 0.7
    validation: Fraction = 0.15
    test: Fraction = 0.15
    seed: Annotated[int, Field(ge=0)] = 0
    """Separate from the run's seed, so that another seed trains on the same rows."""

    @model_validator(mode="after")
    def _fractions_add_up(self) -> Self:
        total = self.train + self.validation + self.test
        if abs(total - 1) > 1e-6:
            raise ValueError(f"train + validation + test must be 1, they add up to {total:g}")
        return self


class Dataset(Section):
    """One table, described."""

    name: Annotated[str, Field(pattern=r"^[\w-][\w. -]*$")]
    """Names the run folder and the model."""
    path: Text
    """A CSV or Parquet file, by its extension; relative to the current folder, else to the project."""
    target: Text
    """The column to predict."""
    task: Literal["auto", "binary", "multiclass", "regression"] = "auto"
    """auto: text and yes/no are classes, whole numbers with at most 20 values too, other numbers are regression."""
    columns: Columns = Columns()
    derive: dict[str, str] = {}
    """New columns: name to SQL expression over the columns of the table, also applied when predicting."""
    where: str | None = None
    """SQL condition for the rows to learn from; not applied when predicting."""
    missing: Missing = Missing()
    scale: Literal["none", "standard"] = "standard"
    """standard: mean 0 and standard deviation 1 over the train rows."""
    split: Split = Split()

    @model_validator(mode="after")
    def _columns_are_distinct(self) -> Self:
        used = [*self.columns.numeric, *self.columns.categorical]
        if not used:
            raise ValueError("columns: name at least one column under numeric or categorical")
        if twice := sorted({name for name in used if used.count(name) > 1}):
            raise ValueError(f"columns: {', '.join(twice)} named more than once")
        if self.target in used:
            raise ValueError(f"columns: the target {self.target!r} cannot be an input as well")
        return self
