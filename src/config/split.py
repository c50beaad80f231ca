"""Section `dataset.split`."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from src.config.section import Section
from src.errors import ConfigError

Fraction = Annotated[float, Field(gt=0, lt=1)]
Name = Annotated[str, Field(min_length=1)]


class Split(Section):
    """Which rows train, which choose the best epoch (validation), and which are looked at once, at the end (test)."""

    by: Literal["random", "stratified", "group", "time", "column", "files"] = "stratified"
    """stratified: the same share of each class in all parts; of a regression's target, of each tenth of its values
    (of several, of their mean rank); of labels, of each combination that 10 rows have.
    group: rows with the same value of `column` stay together. time: the oldest rows of `column` train, the newest
    test. column: `column` says train, validation (val, valid) or test; the fractions have no effect then.
    files: `dataset.path` names the files of each part; without any for validation, these are cut off from train."""
    column: Name | None = None
    """Of the table, or a derived one; for group, time and column."""
    key: list[Name] = []
    """For random: columns that identify a row. The part then depends on their values and the seed alone, so rows that
    are added, deleted or reordered move no other row; the fractions are met on average."""
    train: Fraction = 0.7
    validation: Fraction = 0.15
    test: Fraction = 0.15
    seed: Annotated[int, Field(ge=0)] = 0
    """Separate from the run's seed, so that another seed trains on the same rows."""
    folds: Annotated[int, Field(ge=2)] | None = None
    """Cross-validation: as many runs, each with another fold as test part; validation : train keeps its ratio in the
    rest. time: each fold is tested on what was learned from the older rows."""
    repeats: Annotated[int, Field(ge=1)] = 1
    """Of the whole cross-validation, each time with other folds."""
    fold: Annotated[int, Field(ge=0)] | None = None
    """One run on this fold alone, counted from 0 over all repeats; null: all folds."""

    @property
    def columns(self) -> list[str]:
        """Columns that the split reads; they need not be inputs."""
        return [*([self.column] if self.column else []), *self.key]

    @property
    def fractions(self) -> tuple[float, float, float]:
        return self.train, self.validation, self.test

    @property
    def runs(self) -> int:
        """How many runs the configuration stands for: more than 1 where folds are wanted and none is chosen."""
        return self.folds * self.repeats if self.folds and self.fold is None else 1

    def refuse_several(self) -> None:
        """Raises ConfigError where the configuration stands for several runs and only one can be made."""
        if self.runs > 1:
            raise ConfigError(
                f"dataset.split.folds={self.folds} stands for {self.runs} runs, here only one can be made; choose it "
                f"with dataset.split.fold=0 (to {self.runs - 1}), or let python -m src.train make them all"
            )

    @model_validator(mode="after")
    def _fractions_add_up(self) -> Self:
        total = self.train + self.validation + self.test
        if abs(total - 1) > 1e-6:
            raise ValueError(f"train + validation + test must be 1, they add up to {total:g}")
        return self

    @model_validator(mode="after")
    def _every_setting_has_an_effect(self) -> Self:
        if self.by in ("group", "time", "column") and self.column is None:
            raise ValueError(f"column: by: {self.by} needs one; name a column of the table")
        if self.by in ("random", "stratified", "files") and self.column is not None:
            raise ValueError(f"column: has no effect with by: {self.by}; it is for group, time and column")
        if self.key and self.by != "random":
            raise ValueError(
                f"key: has no effect with by: {self.by}; it decides alone, so by: random goes with it, and keeps "
                "together rows with the same key, a group for instance"
            )
        if self.by == "column" and self.fractions != (0.7, 0.15, 0.15):
            raise ValueError("train: has no effect with by: column, which says itself what each row is for")
        if self.by in ("time", "column") and self.seed:
            raise ValueError(f"seed: has no effect with by: {self.by}, in which nothing is random")
        return self

    @model_validator(mode="after")
    def _folds_fit(self) -> Self:
        if self.folds is None:
            if self.fold is not None:
                raise ValueError("fold: has an effect with folds only; for instance folds: 5")
            if self.repeats > 1:
                raise ValueError("repeats: has an effect with folds only; for instance folds: 5")
        elif self.by in ("column", "files"):
            raise ValueError(f"folds: cannot go with by: {self.by}, which says itself what each row is for")
        elif self.by == "time" and self.repeats > 1:
            raise ValueError("repeats: would be the same each time with by: time, in which nothing is random")
        elif self.fold is not None and self.fold >= self.folds * self.repeats:
            raise ValueError(f"fold: must be at most {self.folds * self.repeats - 1}, counted from 0; got {self.fold}")
        return self
