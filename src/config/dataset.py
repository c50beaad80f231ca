"""Group `dataset`: where the table is, which columns mean what, how its rows are split."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from src.config.categories import Categories
from src.config.columns import Columns
from src.config.composed import composed
from src.config.missing import Missing
from src.config.path import Files, Paths, Text, check
from src.config.section import Section
from src.config.source import Csv, Format
from src.config.split import Split

_AS_WRITTEN = ("path", "query", "sheet", "csv")


class Dataset(Section):
    """One table, described."""

    name: Annotated[str, Field(pattern=r"^[\w-][\w. -]*$")]
    """Names the run folder and the model."""
    path: Paths | Files
    """A file, a glob, a folder or a list of files with the same columns, relative to the current folder, else to the
    project; http(s):// or s3://bucket/key, downloaded when it has changed; sqlite:///file.db, sqlite:////absolute.db or
    postgresql://user@host/database, whose password comes from PGPASSWORD or ~/.pgpass. With split.by: files, such paths
    under train, validation and test."""
    query: Text | None = None
    """For a database: the SQL query whose rows are the table. It can only read; its rows are sorted by all columns."""
    changed: Literal["refuse", "allow"] = "refuse"
    """Files that are not what DVC keeps of them, as their .dvc file says. refuse: nothing is trained; allow: they are
    taken as they are, and the run records that."""
    format: Literal["auto"] | Format = "auto"
    """auto: by the extension: .csv, .tsv, .parquet, .arrow, .feather, .jsonl, .xlsx; .gz behind csv, tsv and jsonl."""
    sheet: Text | None = None
    """Of an Excel workbook; null: the only one that can be seen."""
    csv: Csv = Csv()
    target: Text | Annotated[list[Text], Field(min_length=1)]
    """The column to predict. Several: all numbers, or all yes/no labels, of which a row may have any number."""
    task: Literal["auto", "binary", "multiclass", "multilabel", "regression"] = "auto"
    """auto: text and yes/no are classes, whole numbers with at most 20 values too, other numbers are regression.
    Several columns: multilabel if all are 0/1, yes/no or true/false, else regression."""
    classes: list[str] | None = None
    """All classes in the order that is wanted; of two, the second is the positive one. null: sorted, so that yes, true
    and 1 are positive."""
    target_transform: Literal["none", "standard", "log", "quantile"] = "standard"
    """Regression: units that the network learns in; log is sign(y) * log(1 + |y|), then standard; quantile: the place
    among the train rows, as one in a normal distribution. Undone in the end."""
    weight: Text | None = None
    """A column with what each row counts in the loss and in the metrics, numbers of at least 0; no input. In a batch it
    is the weighted mean."""
    columns: Columns = Columns()
    derive: dict[str, str] = {}
    """New columns: name to SQL expression over the columns of the table, also applied when predicting."""
    where: str | None = None
    """SQL condition for the rows to learn from; not applied when predicting."""
    limit_rows: Annotated[int, Field(ge=1)] | None = None
    """So many of these rows at most, chosen at random by `split.seed`, before the split: for a quick look at a large
    table. null: all."""
    missing: Missing = Missing()
    categories: Categories = Categories()
    scale: Literal["none", "standard", "robust", "minmax", "quantile"] = "standard"
    """What the network does to each number, over the train rows. standard: mean 0 and standard deviation 1; robust:
    median 0 and distance of the quartiles 1, smoothly limited to ±3; minmax: 0 to 1; quantile: normally distributed."""
    clip: Annotated[float, Field(gt=0)] | None = None
    """With scale: standard, numbers further than this many standard deviations from the mean count as that many."""
    log: list[str] = []
    """Columns under `columns.numeric` that enter as sign(x) * log(1 + |x|), taken before the scaling."""
    split: Split = Split()

    @model_validator(mode="before")
    @classmethod
    def _names_are_composed(cls, keys: Any) -> Any:
        """As the names and cells of the table are; names of files and what a database reads stay as they are."""
        if not isinstance(keys, dict):
            return keys
        return {key: value if key in _AS_WRITTEN else composed(value) for key, value in keys.items()}

    @model_validator(mode="after")
    def _source_is_whole(self) -> Self:
        check(self.path, self.query)
        for key, is_usual in (("format", self.format == "auto"), ("csv", self.csv == Csv()), ("sheet", not self.sheet)):
            if self.query is not None and not is_usual:
                raise ValueError(f"{key}: has no effect on the rows of a query; leave it out")
        return self

    @model_validator(mode="after")
    def _split_by_files_has_files(self) -> Self:
        split, path = self.split, self.path
        if not isinstance(path, Files):
            if split.by == "files":
                raise ValueError("path: split.by: files needs files for each part: {train: a.csv, test: b.csv}")
            return self
        if split.by != "files":
            raise ValueError(f"split.by: must be files where path names files for each part; it is {split.by}")
        if path.validation is not None and (split.fractions, split.seed) != (Split().fractions, 0):
            raise ValueError("split: train, validation, test and seed have no effect when each part has its files")
        return self

    @model_validator(mode="after")
    def _columns_are_distinct(self) -> Self:
        used = self.columns.names
        if not used and not self.columns.auto:
            raise ValueError(
                "columns: name at least one column under numeric, categorical, ordered or datetime, or write auto: true"
            )
        if self.columns.drop and not self.columns.auto:
            raise ValueError("columns.drop: has an effect with columns.auto: true only; else unnamed columns are out")
        if twice := sorted({*self.columns.drop} & {*used, *self.targets}):
            raise ValueError(f"columns.drop: {', '.join(twice)} is used as well; leave it out of one of the two")
        if twice := sorted({name for name in used if used.count(name) > 1}):
            raise ValueError(f"columns: {', '.join(twice)} named more than once")
        for target in self.targets:
            if target in used:
                raise ValueError(f"columns: the target {target!r} cannot be an input as well")
            if target in self.split.columns:
                raise ValueError(f"split: the target {target!r} cannot decide about the split")
        if self.weight in (*used, *self.targets, *self.columns.drop):
            raise ValueError(f"weight: {self.weight} says what a row counts; it cannot be input or target as well")
        if self.split.by == "column" and self.split.column in used:
            raise ValueError(f"columns: {self.split.column} says what each row is for; it cannot be an input as well")
        return self

    @property
    def targets(self) -> list[str]:
        """The columns to predict, one or several."""
        return [self.target] if isinstance(self.target, str) else list(self.target)

    @property
    def beside(self) -> list[str]:
        """Columns that are read beside the inputs: targets, weight, those of the split."""
        return [*self.targets, *([self.weight] if self.weight else []), *self.split.columns]

    @model_validator(mode="after")
    def _several_targets_fit(self) -> Self:
        if twice := sorted({name for name in self.targets if self.targets.count(name) > 1}):
            raise ValueError(f"target: {', '.join(twice)} named more than once")
        if len(self.targets) > 1 and self.task in ("binary", "multiclass"):
            raise ValueError(f"task: {self.task} is of one column, target names {len(self.targets)}; take multilabel")
        if len(self.targets) == 1 and self.task == "multilabel":
            raise ValueError("task: multilabel is of several columns, one for each label; target names one")
        if len(self.targets) > 1 and self.classes is not None:
            raise ValueError("classes: has no effect with several targets, which are numbers or yes/no")
        return self

    @model_validator(mode="after")
    def _settings_have_an_effect(self) -> Self:
        if self.clip is not None and self.scale != "standard":
            raise ValueError(f"clip: counts standard deviations, so it needs scale: standard; scale is {self.scale}")
        if self.log and self.scale == "quantile":
            raise ValueError("log: has hardly an effect with scale: quantile, which keeps only the order of the values")
        if other := [name for name in self.log if name not in self.columns.numeric]:
            raise ValueError(f"log: {', '.join(other)} is not listed under columns.numeric")
        if self.categories != Categories() and not (self.columns.categorical or self.columns.auto):
            raise ValueError("categories: has an effect on columns under columns.categorical only; there are none")
        return self

    @model_validator(mode="after")
    def _missing_fits_the_columns(self) -> Self:
        self.missing.check(self.columns)
        return self
