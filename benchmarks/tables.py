"""The tables that quality is measured on, and which of their rows train, validate and test."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn import datasets
from sklearn.model_selection import train_test_split

from src.errors import ConfigError
from src.machine import ROOT

PART = "_part"
"""Column that says train, validation or test."""

_LOADERS: dict[str, Callable[[], Any]] = {
    "breast_cancer": datasets.load_breast_cancer,
    "wine": datasets.load_wine,
    "digits": datasets.load_digits,
    "diabetes": datasets.load_diabetes,
}
NAMES = (*_LOADERS, "penguins")

_PARTS = {"train": "train", "validation": "validation", "val": "validation", "valid": "validation", "test": "test"}
_TENTHS = 10
_MOST_CLASSES_OF_NUMBERS = 20  # as in `dataset.task: auto`


@dataclass(frozen=True)
class Table:
    """`rows`: the inputs, the `target`, text where it is a class, and `PART` once it is split."""

    name: str
    rows: pl.DataFrame
    target: str

    @property
    def is_regression(self) -> bool:
        return self.rows[self.target].dtype != pl.String

    @property
    def inputs(self) -> list[str]:
        return [name for name in self.rows.columns if name not in (self.target, PART)]

    @property
    def classes(self) -> list[str]:
        found: list[str] = self.rows[self.target].unique().sort().to_list()
        return found

    def part(self, name: str) -> pl.DataFrame:
        return self.rows.filter(pl.col(PART) == name)

    def split(self, seed: int) -> "Table":
        """64 % train, 16 % validation, 20 % test: the same share of each class, or of each tenth of a number."""
        strata = self._strata()
        rest, test = train_test_split(np.arange(len(strata)), test_size=0.2, random_state=seed, stratify=strata)
        _, validation = train_test_split(rest, test_size=0.2, random_state=seed, stratify=strata[rest])
        part = np.full(len(strata), "train", dtype=object)
        part[validation], part[test] = "validation", "test"
        return replace(self, rows=self.rows.with_columns(pl.Series(PART, part.tolist(), pl.String)))

    def _strata(self) -> NDArray[Any]:
        target = self.rows[self.target]
        if not self.is_regression:
            return target.to_numpy()
        return ((target.rank("ordinal") - 1) * _TENTHS // len(target)).to_numpy()


def named(name: str) -> Table:
    """One of NAMES."""
    if name == "penguins":
        return from_file(ROOT / "data" / "penguins.csv", "species")
    bunch = _LOADERS[name]()
    columns = {str(each): column for each, column in zip(bunch.feature_names, bunch.data.T, strict=True)}
    return _table(name, pl.DataFrame(columns | {"target": bunch.target}), "target")


def from_file(path: Path, target: str, split: str | None = None) -> Table:
    """A CSV file; `split`: its column that says train, validation (val, valid) or test. Raises ConfigError."""
    if not path.is_file():
        raise ConfigError(f"{path}: no such file; required: a CSV file")
    rows = pl.read_csv(path, infer_schema_length=None, null_values=["", "NA"])
    for column in filter(None, (target, split)):
        if column not in rows.columns:
            raise ConfigError(f"{path} has no column {column!r}; it has {', '.join(rows.columns)}")
    if split is not None:
        says = pl.col(split).cast(pl.String).str.strip_chars().str.to_lowercase()
        part = says.replace_strict(_PARTS, default=None, return_dtype=pl.String)
        rows = rows.with_columns(part.alias(PART)).drop(split)
        if rows[PART].null_count():
            raise ConfigError(f"{path}: column {split!r} must say {', '.join(_PARTS)} in each row")
    return _table(path.name, rows, target)  # not the stem: scikit-learn has a table wine too


def _table(name: str, rows: pl.DataFrame, target: str) -> Table:
    """Rows without a target are left out."""
    rows = rows.filter(pl.col(target).is_not_null())
    values = rows[target]
    whole = values.dtype.is_numeric() and bool((values == values.round(0)).all())
    if not values.dtype.is_numeric() or (whole and values.n_unique() <= _MOST_CLASSES_OF_NUMBERS):
        rows = rows.with_columns(pl.col(target).cast(pl.String))
    return Table(name, rows, target)
