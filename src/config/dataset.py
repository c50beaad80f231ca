"""Group `dataset`: where the table is, which columns mean what, how its rows are split."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from src.config.columns import Columns, Missing
from src.config.section import Section
from src.config.source import Csv, Format
from src.config.split import Split

Text = Annotated[str, Field(min_length=1)]


class Dataset(Section):
    """One table, described."""

    name: Annotated[str, Field(pattern=r"^[\w-][\w. -]*$")]
    """Names the run folder and the model."""
    path: Text | Annotated[list[Text], Field(min_length=1)]
    """A file, a glob, a folder or a list of files with the same columns; relative to the current folder, else to the
    project."""
    format: Literal["auto"] | Format = "auto"
    """auto: by the extension: .csv, .tsv, .parquet, .arrow, .feather, .jsonl; .gz behind csv, tsv and jsonl."""
    csv: Csv = Csv()
    target: Text
    """The column to predict."""
    task: Literal["auto", "binary", "multiclass", "regression"] = "auto"
    """auto: text and yes/no are classes, whole numbers with at most 20 values too, other numbers are regression."""
    classes: list[str] | None = None
    """All classes in the order that is wanted; of two, the second is the positive one. null: sorted."""
    target_transform: Literal["none", "standard", "log"] = "standard"
    """Regression: units that the network learns in; log is sign(y) * log(1 + |y|), then standard. Undone in the end."""
    columns: Columns = Columns()
    derive: dict[str, str] = {}
    """New columns: name to SQL expression over the columns of the table, also applied when predicting."""
    where: str | None = None
    """SQL condition for the rows to learn from; not applied when predicting."""
    missing: Missing = Missing()
    scale: Literal["none", "standard", "robust", "minmax", "quantile"] = "standard"
    """What the network does to each number, over the train rows. standard: mean 0 and standard deviation 1; robust:
    median 0 and distance of the quartiles 1, smoothly limited to ±3; minmax: 0 to 1; quantile: normally distributed."""
    clip: Annotated[float, Field(gt=0)] | None = None
    """With scale: standard, numbers further than this many standard deviations from the mean count as that many."""
    log: list[str] = []
    """Columns under `columns.numeric` that enter as sign(x) * log(1 + |x|), taken before the scaling."""
    split: Split = Split()

    @model_validator(mode="after")
    def _columns_are_distinct(self) -> Self:
        used = [*self.columns.numeric, *self.columns.categorical]
        if not used and not self.columns.auto:
            raise ValueError("columns: name at least one column under numeric or categorical, or write auto: true")
        if self.columns.drop and not self.columns.auto:
            raise ValueError("columns.drop: has an effect with columns.auto: true only; else unnamed columns are out")
        if twice := sorted({*self.columns.drop} & {*used, self.target}):
            raise ValueError(f"columns.drop: {', '.join(twice)} is used as well; leave it out of one of the two")
        if twice := sorted({name for name in used if used.count(name) > 1}):
            raise ValueError(f"columns: {', '.join(twice)} named more than once")
        if self.target in used:
            raise ValueError(f"columns: the target {self.target!r} cannot be an input as well")
        if self.target in self.split.columns:
            raise ValueError(f"split: the target {self.target!r} cannot decide about the split")
        if self.split.by == "column" and self.split.column in used:
            raise ValueError(f"columns: {self.split.column} says what each row is for; it cannot be an input as well")
        return self

    @model_validator(mode="after")
    def _settings_have_an_effect(self) -> Self:
        if self.clip is not None and self.scale != "standard":
            raise ValueError(f"clip: counts standard deviations, so it needs scale: standard; scale is {self.scale}")
        if self.log and self.scale == "quantile":
            raise ValueError("log: has hardly an effect with scale: quantile, which keeps only the order of the values")
        if other := [name for name in self.log if name not in self.columns.numeric]:
            raise ValueError(f"log: {', '.join(other)} is not listed under columns.numeric")
        return self
