"""The column to predict: its task, its classes, its values."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from src.data.dtypes import all_written_otherwise
from src.data.kinds import in_order, numbers, texts
from src.data.names import listed
from src.data.rows import Rows
from src.errors import DataError
from src.spec import OutputSpec
from src.task import Task

_MOST_CLASSES_OF_NUMBERS = 20


@dataclass(frozen=True)
class Target:
    """`y` [n]: int64 class indices, or float64 values for a regression, in which case `classes` is empty."""

    name: str
    task: Task
    classes: tuple[str, ...]
    y: NDArray[np.int64] | NDArray[np.float64]
    transform: str = "standard"

    @property
    def codes(self) -> NDArray[np.int64] | None:
        return self.y.astype(np.int64) if self.task.is_classification else None

    def spec(self, train: NDArray[np.int64]) -> OutputSpec:
        """Fitted on the rows `train` (indices). Raises DataError if they lack a class or all have the same value."""
        y = self.y[train]
        if not self.task.is_classification:
            if y.min() == y.max():
                raise DataError(f"target {self.name!r} is {y[0]:g} in all train rows; there is nothing to learn")
            if self.transform == "none":
                return OutputSpec(self.name, self.task)
            log = self.transform == "log"
            value = np.sign(y) * np.log1p(np.abs(y)) if log else y
            return OutputSpec(self.name, self.task, (), float(value.mean()), float(value.std()), log)
        counts = np.bincount(y.astype(np.int64), minlength=len(self.classes))
        if absent := [name for name, count in zip(self.classes, counts, strict=True) if not count]:
            raise DataError(f"no train row has the class {listed(absent)}; use dataset.split.by=stratified")
        return OutputSpec(self.name, self.task, self.classes)


def read_target(
    column: pl.Series, task: str, rows: Rows, order: Sequence[str] | None = None, transform: str = "standard"
) -> Target:
    """`task`, `order` of the classes and `transform` as in the YAML.

    Raises DataError for missing values, a single class, a task, an order or a transform that the values contradict.
    """
    column = column.fill_nan(None) if column.dtype.is_float() else column
    _refuse_missing(column, rows)
    resolved = _resolve(column, task)
    if resolved == "regression":
        remedy = "; a regression predicts numbers (for classes: dataset.task=auto)"
        if order is not None:
            raise DataError(f"target {column.name!r} is a number to be predicted: dataset.classes has no effect")
        return Target(column.name, Task.REGRESSION, (), numbers(column, rows, remedy).to_numpy(), transform)
    if transform == "log":
        raise DataError(f"target {column.name!r} is a class: dataset.target_transform=log has no effect")
    values = texts(column)
    if task == "auto" and (hint := all_written_otherwise(values)):
        raise DataError(f"target {column.name!r} {rows.place(0)}: {values[0]!r} is not a number{hint}")
    classes = in_order(values)
    if order is not None:
        _check_order(column.name, classes, order)
        classes = list(order)
    _check_classes(column.name, classes, resolved)
    codes = values.replace_strict(classes, range(len(classes)), return_dtype=pl.Int64)
    binary = len(classes) == 2 and resolved != "multiclass"
    return Target(column.name, Task.BINARY if binary else Task.MULTICLASS, tuple(classes), codes.to_numpy())


def _refuse_missing(column: pl.Series, rows: Rows) -> None:
    if count := column.null_count():
        quoted = column.name if column.name.isidentifier() else f'\\"{column.name}\\"'
        raise DataError(
            f"target {column.name!r} is missing in {count} of {len(column)} rows ({rows.listed(column.is_null())}); "
            f'leave them out with `where: "{quoted} is not null"`'
        )


def _resolve(column: pl.Series, task: str) -> str:
    if task != "auto":
        return task
    if not column.dtype.is_numeric():
        return "classes"
    whole = column.dtype.is_integer() or bool((column == column.round(0)).all())
    return "classes" if whole and column.n_unique() <= _MOST_CLASSES_OF_NUMBERS else "regression"


def _check_order(name: str, classes: Sequence[str], order: Sequence[str]) -> None:
    if sorted(classes) != sorted(order):
        raise DataError(
            f"dataset.classes must name each class of the target {name!r} once: {listed(sorted(classes))}; "
            f"it names {listed(order)}"
        )


def _check_classes(name: str, classes: Sequence[str], task: str) -> None:
    if len(classes) == 1:
        raise DataError(f"target {name!r} is {classes[0]!r} in all rows; there is nothing to learn")
    if task == "binary" and len(classes) > 2:
        raise DataError(
            f"target {name!r} has {len(classes)} classes ({listed(classes)}), two were meant by dataset.task=binary"
        )
