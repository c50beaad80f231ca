"""What is predicted: the columns' task, classes and values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from src.config.markers import EVERY_OTHER, Markers, markers_of
from src.data.classes import classes_of
from src.data.kinds import numbers
from src.data.labels import as_labels, labels, of_different_kinds
from src.data.names import listed
from src.data.rows import Rows
from src.data.splits.kind import Index
from src.data.target_units import fit_units
from src.errors import DataError
from src.spec import OutputSpec
from src.task import Task

_MOST_CLASSES_OF_NUMBERS = 20
_REMEDY = "; a regression predicts numbers (for classes: dataset.task=auto)"


@dataclass(frozen=True)
class Target:
    """`y`: int64 [n] class indices, or float64 [n] values, or of several columns (`names`) int64 [n, k] labels of 0 and
    1, or float64 [n, k] values. `classes` is empty where a row is not of exactly one class."""

    names: tuple[str, ...]
    task: Task
    classes: tuple[str, ...]
    y: NDArray[np.int64] | NDArray[np.float64]
    transform: str = "standard"

    def spec(self, train: Index, split_by: str) -> OutputSpec:
        """Fitted on the rows `train` (indices). Raises DataError if they lack a class, or all have the same value."""
        if self.task is Task.REGRESSION:
            return OutputSpec(self.names, self.task, **self._units(train))
        counts = self.counts(train)
        if self.task is Task.MULTILABEL:
            if constant := [name for name, count in counts.items() if count in (0, len(train))]:
                raise DataError(
                    f"label {listed(constant)} is the same in all train rows; take it out of dataset.target"
                )
        elif absent := [name for name, count in counts.items() if not count]:
            remedies = {"random": "use dataset.split.by=stratified"}
            remedy = remedies.get(split_by, "leave its rows out with dataset.where, or split otherwise")
            raise DataError(f"no train row has the class {listed(absent)}; {remedy}")
        return OutputSpec(self.names, self.task, self.classes)

    def counts(self, rows: Index) -> dict[str, int]:
        """How many of `rows` are of each class, or have each label; empty for numbers."""
        if self.task is Task.MULTILABEL:
            return dict(zip(self.names, self.y[rows].sum(axis=0).tolist(), strict=True))
        if not self.task.has_classes:
            return {}
        counts = np.bincount(self.y[rows].astype(np.int64, copy=False), minlength=len(self.classes))
        return dict(zip(self.classes, counts.tolist(), strict=True))

    def _units(self, train: Index) -> dict[str, Any]:
        y = self.y[train].astype(np.float64, copy=False).reshape(len(train), -1)
        for name, values in zip(self.names, y.T, strict=True):
            if values.min() == values.max():
                raise DataError(f"target {name!r} is {values[0]:g} in all train rows; there is nothing to learn")
        return fit_units(y, self.transform)


def read_target(
    columns: Sequence[pl.Series],
    task: str,
    rows: Rows,
    order: Sequence[str] | None = None,
    transform: str = "standard",
    markers: Markers = (),
) -> Target:
    """`task`, `order` of the classes, `transform` and `markers` of missing cells as in the YAML.

    Raises DataError for missing values, a single class, a task, an order or a transform that the values contradict,
    and for several columns of different kinds.
    """
    columns = [column.fill_nan(None) if column.dtype.is_float() else column for column in columns]
    for column in columns:
        _refuse_missing(column, rows, markers_of(markers, column.name))
    names = tuple(column.name for column in columns)
    resolved = _of_several(columns, task) if len(columns) > 1 else _of_one(columns[0], task)
    if resolved == "regression":
        if order is not None:
            raise DataError(f"target {names[0]!r} is a number to be predicted: dataset.classes has no effect")
        values = [numbers(column, rows, _REMEDY).cast(pl.Float64).to_numpy() for column in columns]
        return Target(names, Task.REGRESSION, (), values[0] if len(values) == 1 else np.stack(values, 1), transform)
    if transform != "standard":
        what = f"{names[0]!r} is a class" if resolved == "classes" else f"{listed(names)} are labels"
        raise DataError(f"target {what}: dataset.target_transform={transform} has no effect")
    if resolved == "multilabel":
        return Target(names, Task.MULTILABEL, (), np.stack([labels(column, rows) for column in columns], 1))
    classes, codes = classes_of(columns[0], task, rows, order)
    binary = len(classes) == 2 and task != "multiclass"
    return Target(names, Task.BINARY if binary else Task.MULTICLASS, classes, codes)


def _refuse_missing(column: pl.Series, rows: Rows, markers: Sequence[str]) -> None:
    if count := column.null_count():
        quoted = column.name if column.name.isidentifier() else f'\\"{column.name}\\"'
        raise DataError(
            f"target {column.name!r} is missing in {count} of {len(column)} rows ({rows.listed(column.is_null())}); "
            f'leave them out with `where: "{quoted} is not null"`'
            + (
                f"; if {listed(markers)} is a class here, give the target markers of its own: dataset.missing.markers: "
                f'{{"{EVERY_OTHER}": [{listed(markers)}], {column.name}: []}}'
                if markers
                else ""
            )
        )


def _of_one(column: pl.Series, task: str) -> str:
    if task != "auto":
        return "regression" if task == "regression" else "classes"
    if not column.dtype.is_numeric():
        return "classes"
    whole = column.dtype.is_integer() or bool((column == column.round(0)).all())
    return "classes" if whole and column.n_unique() <= _MOST_CLASSES_OF_NUMBERS else "regression"


def _of_several(columns: Sequence[pl.Series], task: str) -> str:
    if task != "auto":
        return task
    if all(as_labels(column) is not None for column in columns):
        return "multilabel"
    if all(column.dtype.is_numeric() for column in columns):
        return "regression"
    raise of_different_kinds(columns)
