import numpy as np
import polars as pl
import pytest

from src.data.rows import Rows
from src.data.target import Target, read_target
from src.errors import DataError
from src.task import Task


def read(values: list[object], task: str = "auto") -> Target:
    column = pl.Series("y", values, strict=False)
    return read_target([column], task, Rows.count(len(column)))


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
    spec = target.spec(np.array([0, 1, 3]), "random")
    assert spec.center == (float(np.mean([0.5, 1.0, 7.0])),)
    assert spec.scale == (float(np.std([0.5, 1.0, 7.0])),)


def test_a_target_that_is_constant_in_train_rows_is_refused() -> None:
    with pytest.raises(DataError, match=r"target 'y' is 0\.5 in all train rows"):
        read([0.5, 0.5, 0.7]).spec(np.array([0, 1]), "random")


def test_a_class_without_train_rows_is_refused() -> None:
    with pytest.raises(DataError, match=r"no train row has the class c; use dataset.split\.by=stratified"):
        read(["a", "b", "c"]).spec(np.array([0, 1]), "random")


def test_an_order_of_the_classes_is_kept_and_its_second_is_the_positive_one() -> None:
    target = read_target([pl.Series("y", ["no", "yes", "no"])], "auto", Rows.count(3), order=["yes", "no"])
    assert target.classes == ("yes", "no")
    assert target.y.tolist() == [1, 0, 1]


@pytest.mark.parametrize("order", [["yes"], ["yes", "no", "maybe"], ["yes", "yes"]])
def test_an_order_that_is_not_that_of_the_classes_is_refused(order: list[str]) -> None:
    with pytest.raises(DataError, match=r"dataset\.classes must name each class of the target 'y' once: no, yes; it"):
        read_target([pl.Series("y", ["no", "yes", "no"])], "auto", Rows.count(3), order=order)


def test_settings_of_the_target_without_effect_are_refused() -> None:
    with pytest.raises(DataError, match=r"dataset\.target_transform=log has no effect"):
        read_target([pl.Series("y", ["a", "b", "a"])], "auto", Rows.count(3), transform="log")
    with pytest.raises(DataError, match=r"dataset\.classes has no effect"):
        read_target([pl.Series("y", [0.5, 1.5, 7.0])], "auto", Rows.count(3), order=["a"])


def test_a_logarithmic_target_has_the_mean_and_spread_of_its_logarithms() -> None:
    values = np.array([-3.0, 0.0, 1.0, 1e6])
    target = read_target([pl.Series("y", values)], "regression", Rows.count(4), transform="log")
    spec = target.spec(np.arange(4), "random")
    logs = np.sign(values) * np.log1p(np.abs(values))
    assert (spec.center, spec.scale, spec.log) == ((logs.mean(),), (logs.std(),), True)


def several(columns: dict[str, list[object]], task: str = "auto", transform: str = "standard") -> Target:
    series = [pl.Series(name, values, strict=False) for name, values in columns.items()]
    return read_target(series, task, Rows.count(len(series[0])), transform=transform)


def test_several_columns_of_yes_and_no_are_labels_however_they_are_written() -> None:
    found = several({"a": [0, 1, 1], "b": ["No", "yes", "no"], "c": [True, False, False], "d": [1.0, 0.0, 1.0]})
    assert (found.task, found.names, found.classes) == (Task.MULTILABEL, ("a", "b", "c", "d"), ())
    assert found.y.tolist() == [[0, 0, 1, 1], [1, 1, 0, 0], [1, 0, 0, 1]]
    assert found.y.dtype == np.int64
    assert found.counts(np.array([0, 2])) == {"a": 1, "b": 0, "c": 1, "d": 2}


def test_several_columns_of_numbers_are_a_regression() -> None:
    for flag in ([0, 1, 1], [0, 5, 1]):
        found = several({"a": [0.5, 1.5, 7.0], "b": list(flag)})
        assert found.task is Task.REGRESSION
        assert found.y.tolist() == [[0.5, flag[0]], [1.5, flag[1]], [7.0, flag[2]]]
    assert several({"a": [0, 1, 1], "b": [1, 0, 1]}, "regression").y.dtype == np.float64


def test_several_columns_of_different_kinds_are_named_with_what_they_hold() -> None:
    with pytest.raises(DataError, match=r"all be numbers or all be yes/no .*; 'a' holds yes/no, 'b' holds texts$"):
        several({"a": [0, 1, 1], "b": ["x", "y", "x"]})
    with pytest.raises(DataError, match=r"'a' holds numbers, 'b' holds yes/no$"):
        several({"a": [0.5, 1, 1], "b": ["yes", "no", "no"]})


def test_a_cell_that_is_no_label_is_named_with_its_row() -> None:
    with pytest.raises(DataError, match=r"target 'b' row 3: '2' is no label; required: 0 or 1, no or yes"):
        several({"a": [0, 1, 1], "b": [0, 1, 2]}, "multilabel")


def test_a_label_that_no_train_row_tells_apart_is_refused() -> None:
    found = several({"a": [0, 1, 1], "b": [0, 0, 1]})
    with pytest.raises(DataError, match=r"label b is the same in all train rows; take it out of dataset\.target"):
        found.spec(np.array([0, 1]), "random")
    assert found.spec(np.array([0, 2]), "random").d_out == 2


def test_each_of_several_numbers_has_units_of_its_own() -> None:
    found = several({"a": [1.5, 2.0, 9.0], "b": [100, 300, 0.5]})
    spec = found.spec(np.array([0, 1]), "random")
    assert (spec.center, spec.scale) == ((1.75, 200.0), (0.25, 100.0))
    with pytest.raises(DataError, match=r"target 'b' is 1 in all train rows"):
        several({"a": [1.5, 2.0, 9.0], "b": [1, 1, 5]}, "regression").spec(np.array([0, 1]), "random")


def test_a_transform_of_labels_is_refused() -> None:
    with pytest.raises(DataError, match=r"target a, b are labels: dataset\.target_transform=quantile has no effect"):
        several({"a": [0, 1, 1], "b": [0, 0, 1]}, transform="quantile")


def test_quantiles_are_those_of_the_train_rows() -> None:
    values = np.array([3.0, 1.0, 2.0, 50.0, 1e6])
    target = read_target([pl.Series("y", values)], "regression", Rows.count(5), transform="quantile")
    assert target.spec(np.arange(4), "random").quantiles == ((1.0, 2.0, 3.0, 50.0),)


def test_the_remedy_for_a_class_without_train_rows_fits_the_split() -> None:
    for by in ("group", "time", "column", "files"):
        with pytest.raises(DataError, match=r"the class c; leave its rows out with dataset\.where, or split otherwise"):
            read(["a", "b", "c"]).spec(np.array([0, 1]), by)


def test_a_very_long_class_is_shortened_in_sentences() -> None:
    long = "x" * 100_000
    cases: list[list[object]] = [[long, long], ["a", long]]
    for values in cases:
        with pytest.raises(DataError) as caught:
            read(values).spec(np.array([0]), "random")
        assert len(str(caught.value)) < 250
