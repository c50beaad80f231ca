"""Cross-validation, with scikit-learn as judge."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold, TimeSeriesSplit

from src.config.split import Split
from src.data.rows import Rows
from src.data.split import split
from src.data.splits.kind import Index
from src.data.target import Target
from src.errors import DataError
from src.task import Task

Parts = dict[str, Index]


def all_folds(target: Target, columns: dict[str, Any], k: int, repeats: int = 1, **settings: Any) -> list[Parts]:
    frame, rows = pl.DataFrame(columns), Rows.count(len(target.y))
    configs = [Split(folds=k, repeats=repeats, fold=fold, **settings) for fold in range(k * repeats)]
    return [split(config, frame, target, rows) for config in configs]


def target_of(y: Any) -> Target:
    y = np.asarray(y)
    if y.dtype == np.int64:
        return Target(("y",), Task.MULTICLASS, tuple(map(str, range(y.max() + 1))), y)
    return Target(("y",), Task.REGRESSION, (), y)


def check_each_row_is_tested_once(folds: list[Parts], n: int) -> None:
    assert sorted(np.concatenate([fold["test"] for fold in folds]).tolist()) == list(range(n))
    for fold in folds:
        assert sorted(np.concatenate(list(fold.values())).tolist()) == list(range(n))
        assert all(len(index) for index in fold.values())


@given(st.integers(5, 90), st.integers(2, 5), st.integers(0, 9))
def test_random_folds_are_as_large_as_those_of_kfold(n: int, k: int, seed: int) -> None:
    folds = all_folds(target_of(np.arange(n) / 2), {}, k, by="random", seed=seed)
    check_each_row_is_tested_once(folds, n)
    assert [len(fold["test"]) for fold in folds] == [len(test) for _, test in KFold(k).split(np.zeros(n))]


@given(st.lists(st.integers(5, 30), min_size=2, max_size=5), st.integers(2, 5))
def test_stratified_folds_have_the_class_counts_of_stratifiedkfold(counts: list[int], k: int) -> None:
    codes = np.repeat(np.arange(len(counts)), counts)
    folds = all_folds(target_of(codes), {}, k)
    check_each_row_is_tested_once(folds, len(codes))
    expected = [np.bincount(codes[test]).tolist() for _, test in StratifiedKFold(k).split(codes, codes)]
    assert [np.bincount(codes[fold["test"]]).tolist() for fold in folds] == expected
    assert all(len(np.unique(codes[index])) == len(counts) for fold in folds for index in fold.values())


def test_the_validation_rows_keep_their_ratio_to_the_train_rows() -> None:
    [first, *_] = all_folds(target_of(np.arange(1000) / 2), {}, 5, by="random", train=0.6, validation=0.2, test=0.2)
    assert {part: len(rows) for part, rows in first.items()} == {"train": 600, "validation": 200, "test": 200}


@given(st.lists(st.integers(1, 12), min_size=7, max_size=25), st.integers(3, 5), st.integers(0, 9))
def test_grouped_folds_are_as_large_as_those_of_groupkfold(sizes: list[int], k: int, seed: int) -> None:
    group = np.repeat(np.arange(len(sizes)), sizes)
    folds = all_folds(target_of(group / 2), {"g": group}, k, by="group", column="g", seed=seed)
    check_each_row_is_tested_once(folds, len(group))
    for fold in folds:
        assert sum(len(np.unique(group[rows])) for rows in fold.values()) == len(sizes)
    expected = [len(test) for _, test in GroupKFold(k).split(group, groups=group)]
    assert sorted(len(fold["test"]) for fold in folds) == sorted(expected)


def test_each_repeat_has_folds_of_its_own() -> None:
    folds = all_folds(target_of(np.arange(40) / 2), {}, 4, repeats=2, by="random")
    first, second = folds[:4], folds[4:]
    for repeat in (first, second):
        check_each_row_is_tested_once(repeat, 40)
    assert {tuple(fold["test"]) for fold in first}.isdisjoint({tuple(fold["test"]) for fold in second})
    assert len({tuple(fold["validation"]) for fold in folds}) == 8


def test_forward_chaining_tests_the_spans_of_timeseriessplit() -> None:
    time = np.random.default_rng(0).permutation(60)
    folds = all_folds(target_of(time / 2), {"t": time}, 5, by="time", column="t")
    for fold, (past, test) in zip(folds, TimeSeriesSplit(5).split(np.zeros(60)), strict=True):
        assert sorted(time[fold["test"]]) == test.tolist()
        assert sorted([*time[fold["train"]], *time[fold["validation"]]]) == past.tolist()
        assert time[fold["train"]].max() < time[fold["validation"]].min()


def test_with_a_key_no_row_changes_its_fold() -> None:
    ids = [f"id-{number}" for number in range(200)]
    few, many = (
        all_folds(target_of(np.arange(n) / 2), {"id": ids[:n]}, 4, by="random", key=["id"]) for n in (150, 200)
    )
    check_each_row_is_tested_once(few, 150)
    for before, after in zip(few, many, strict=True):
        assert all(set(before[part]) == {row for row in after[part] if row < 150} for part in before)


def test_too_few_rows_for_the_folds_are_explained() -> None:
    with pytest.raises(DataError, match="4 rows cannot be split into 5 folds"):
        all_folds(target_of(np.arange(4) / 2), {}, 5, by="random")
