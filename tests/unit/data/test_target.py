import numpy as np
import polars as pl
import pytest

from src.data.rows import Rows
from src.data.target import Target, read_target
from src.errors import DataError
from src.task import Task


def read(values: list[object], task: str = "auto") -> Target:
    column = pl.Series("y", values, strict=False)
    return read_target(column, task, Rows.count(len(column)))


@pytest.mark.parametrize(
    ("values", "task", "classes"),
    [
        (["b", "a", "c"], Task.MULTICLASS, ("a", "b", "c")),
        (["no", "yes", "no"], Task.BINARY, ("no", "yes")),
        ([True, False, True], Task.BINARY, ("false", "true")),
        ([1, 0, 1], Task.BINARY, ("0", "1")),
        ([10, 9, 2], Task.MULTICLASS, ("2", "9", "10")),
        ([1.0, 2.0, 3.0], Task.MULTICLASS, ("1", "2", "3")),
        ([1.5, 2.0, 3.0], Task.REGRESSION, ()),
        (list(range(20)), Task.MULTICLASS, tuple(map(str, range(20)))),
        (list(range(21)), Task.REGRESSION, ()),
    ],
)
def test_auto_takes_text_and_few_whole_numbers_as_classes(
    values: list[object], task: Task, classes: tuple[str, ...]
) -> None:
    target = read(values)
    assert (target.task, target.classes) == (task, classes)
    assert target.y.dtype == (np.float64 if task is Task.REGRESSION else np.int64)


def test_codes_are_places_in_the_sorted_classes() -> None:
    assert read(["b", "a", "c", "b"]).y.tolist() == [1, 0, 2, 1]
    assert read([10, 9, 2]).y.tolist() == [2, 1, 0]


def test_the_task_of_the_yaml_counts_where_the_data_allows_it() -> None:
    assert read([1, 2, 3], "regression").y.tolist() == [1.0, 2.0, 3.0]
    assert read([1, 2, 1], "multiclass").task is Task.MULTICLASS
    assert read([1.5, 2.5, 1.5], "binary").classes == ("1.5", "2.5")


def test_a_task_that_the_values_contradict_is_refused() -> None:
    with pytest.raises(DataError, match=r"column 'y' row 2: 'x' is not a number; a regression predicts numbers"):
        read(["1", "x"], "regression")
    with pytest.raises(DataError, match=r"target 'y' has 3 classes \(1, 2, 3\), two were meant by dataset.task=binary"):
        read([1, 2, 3], "binary")


def test_missing_values_are_counted_with_rows_and_remedy() -> None:
    sentence = r"""'y' is missing in 3 of 4 rows \(rows 2, 3, 4\); leave them out with `where: "y is not null"`"""
    for missing in (None, float("nan")):
        with pytest.raises(DataError, match=sentence):
            read([1.0, missing, missing, missing])


def test_an_infinite_value_is_refused() -> None:
    with pytest.raises(DataError, match="column 'y' row 2: 'inf' is not a finite number"):
        read([1.5, float("inf")])


def test_one_class_only_is_refused() -> None:
    with pytest.raises(DataError, match="target 'y' is 'a' in all rows; there is nothing to learn"):
        read(["a", "a"])


def test_regression_is_in_standard_units_of_the_train_rows() -> None:
    target = read([0.5, 1.0, 100.0, 7.0])
    spec = target.spec(np.array([0, 1, 3]))
    assert spec.center == np.mean([0.5, 1.0, 7.0])
    assert spec.scale == np.std([0.5, 1.0, 7.0])


def test_a_target_that_is_constant_in_train_rows_is_refused() -> None:
    with pytest.raises(DataError, match=r"target 'y' is 0\.5 in all train rows"):
        read([0.5, 0.5, 0.7]).spec(np.array([0, 1]))


def test_a_class_without_train_rows_is_refused() -> None:
    with pytest.raises(DataError, match=r"no train row has the class c; use dataset.split\.by=stratified"):
        read(["a", "b", "c"]).spec(np.array([0, 1]))


def test_an_order_of_the_classes_is_kept_and_its_second_is_the_positive_one() -> None:
    target = read_target(pl.Series("y", ["no", "yes", "no"]), "auto", Rows.count(3), order=["yes", "no"])
    assert target.classes == ("yes", "no")
    assert target.y.tolist() == [1, 0, 1]


@pytest.mark.parametrize("order", [["yes"], ["yes", "no", "maybe"], ["yes", "yes"]])
def test_an_order_that_is_not_that_of_the_classes_is_refused(order: list[str]) -> None:
    with pytest.raises(DataError, match=r"dataset\.classes must name each class of the target 'y' once: no, yes; it"):
        read_target(pl.Series("y", ["no", "yes", "no"]), "auto", Rows.count(3), order=order)


def test_settings_of_the_target_without_effect_are_refused() -> None:
    with pytest.raises(DataError, match=r"dataset\.target_transform=log has no effect"):
        read_target(pl.Series("y", ["a", "b", "a"]), "auto", Rows.count(3), transform="log")
    with pytest.raises(DataError, match=r"dataset\.classes has no effect"):
        read_target(pl.Series("y", [0.5, 1.5, 7.0]), "auto", Rows.count(3), order=["a"])


def test_a_logarithmic_target_has_the_mean_and_spread_of_its_logarithms() -> None:
    values = np.array([-3.0, 0.0, 1.0, 1e6])
    spec = read_target(pl.Series("y", values), "regression", Rows.count(4), transform="log").spec(np.arange(4))
    logs = np.sign(values) * np.log1p(np.abs(values))
    assert (spec.center, spec.scale, spec.log) == (logs.mean(), logs.std(), True)
