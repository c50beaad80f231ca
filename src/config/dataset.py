"""Group `dataset`: where the table is, which columns mean what, how its rows are split."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from src.config.columns import Columns, Missing
from src.config.section import Section
from src.config.split import Split

Text = Annotated[str, Field(min_length=1)]


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
