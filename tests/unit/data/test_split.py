"""Rows to parts: random, stratified and what every kind of split keeps."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from src.config.split import Split
from src.data.rows import Rows
from src.data.split import PARTS, split
from src.data.splits.kind import Index
from src.data.splits.shares import shares
from src.data.target import Target
from src.errors import ConfigError, DataError
from src.task import Task

Parts = dict[str, Index]


def classes(codes: NDArray[np.int64], names: tuple[str, ...]) -> Target:
    return Target(("y",), Task.MULTICLASS, names, codes)


def numbers(n: int, y: NDArray[np.float64] | None = None) -> Target:
    return Target(("y",), Task.REGRESSION, (), np.arange(n, dtype=np.float64) if y is None else y)


def parts_of(target: Target, columns: dict[str, Any] | None = None, **settings: Any) -> Parts:
    return split(Split.model_validate(settings), pl.DataFrame(columns or {}), target, Rows.count(len(target.y)))


@given(
    st.lists(st.integers(3, 40), min_size=2, max_size=5),
    st.integers(0, 2**40),
    st.sampled_from(["random", "stratified"]),
)
def test_every_row_is_in_exactly_one_part_and_parts_keep_file_order(counts: list[int], seed: int, by: str) -> None:
    codes = np.random.default_rng(0).permutation(np.repeat(np.arange(len(counts)), counts))
    target = classes(codes, tuple("abcde"[: len(counts)]))
    parts = parts_of(target, by=by, train=0.6, validation=0.2, test=0.2, seed=seed)
    assert list(parts) == list(PARTS)
    assert sorted(np.concatenate(list(parts.values())).tolist()) == list(range(len(codes)))
    assert all(len(index) and (np.diff(index) > 0).all() for index in parts.values())
    if by == "stratified":
        assert all(len(np.unique(codes[index])) == len(counts) for index in parts.values())


def test_each_class_is_shared_out_by_largest_remainder() -> None:
    codes = np.repeat([0, 1, 2], [152, 68, 124])  # the penguins
    parts = parts_of(classes(codes, ("a", "b", "c")))
    counted = [np.bincount(codes[parts[part]]).tolist() for part in PARTS]
    assert counted == [[106, 48, 87], [23, 10, 19], [23, 10, 18]]


def test_each_combination_of_labels_is_shared_out_and_rare_ones_together() -> None:
    combinations = [(0, 0, 0)] * 100 + [(1, 0, 0)] * 60 + [(0, 1, 0)] * 20 + [(1, 1, 0)] * 9 + [(0, 0, 1)] * 11
    y = np.random.default_rng(0).permutation(np.array(combinations))
    parts = parts_of(Target(("a", "b", "c"), Task.MULTILABEL, (), y))
    counted = [[int((y[parts[part]] == each).all(1).sum()) for part in PARTS] for each in dict.fromkeys(combinations)]
    assert counted[:3] == [[70, 15, 15], [42, 9, 9], [14, 3, 3]]
    assert sum(counted[3]) == 9
    assert counted[4] == [8, 2, 1]


def test_several_numbers_are_shared_out_by_their_mean_rank() -> None:
    one = np.random.default_rng(0).permutation(400).astype(np.float64)
    y = np.stack([one, np.exp(one / 40)], 1)
    parts = parts_of(Target(("a", "b"), Task.REGRESSION, (), y))
    assert np.histogram(one[parts["test"]], 10, (0, 400))[0].tolist() == [6] * 10
    random = parts_of(Target(("a", "b"), Task.REGRESSION, (), y), by="random")
    assert np.histogram(one[random["test"]], 10, (0, 400))[0].tolist() != [6] * 10


def test_the_seed_decides_and_the_same_seed_gives_the_same_rows_for_ever() -> None:
    parts, other = parts_of(numbers(10), by="random"), parts_of(numbers(10), by="random", seed=1)
    assert [parts[part].tolist() for part in PARTS] == [[0, 1, 2, 3, 6, 7, 8], [4, 5], [9]]
    assert other["train"].tolist() != parts["train"].tolist()


@given(st.integers(20, 400), st.integers(0, 5))
def test_a_regression_is_stratified_by_bins_of_equal_size(n: int, seed: int) -> None:
    y = np.random.default_rng(seed).normal(size=n)
    parts = parts_of(numbers(n, y), seed=seed)
    assert sorted(np.concatenate(list(parts.values())).tolist()) == list(range(n))
    bins = min(10, n // 20)
    bin = np.searchsorted(np.sort(y), y) * bins // n  # quantiles; array_split differs by one row at a border
    for name, fraction in zip(PARTS, (0.7, 0.15, 0.15), strict=True):
        counts = np.bincount(bin[parts[name]], minlength=bins)
        assert (abs(counts - n / bins * fraction) <= 4).all()


def test_a_small_regression_is_split_at_random() -> None:
    stratified, random = parts_of(numbers(39)), parts_of(numbers(39), by="random")
    assert all((stratified[part] == random[part]).all() for part in PARTS)


@given(st.integers(0, 500), st.floats(0.01, 0.98), st.floats(0.01, 0.99))
def test_shares_add_up_and_none_is_empty_or_far_off(n: int, train: float, of_the_rest: float) -> None:
    fractions = (train, (1 - train) * of_the_rest, (1 - train) * (1 - of_the_rest))
    sizes = shares(n, fractions)
    assert sum(sizes) == n
    assert min(sizes) >= min(1, n // 3)
    if all(n * fraction >= 1 for fraction in fractions):
        assert all(abs(size - n * fraction) < 1 + 1e-6 for size, fraction in zip(sizes, fractions, strict=True))


def test_a_class_with_one_row_is_named_with_its_row() -> None:
    with pytest.raises(DataError, match=r"class 'rare' has 1 row \(row 4\); a stratified split needs 3 of each class"):
        parts_of(classes(np.array([0, 0, 0, 1, 0, 0]), ("usual", "rare")))
    with pytest.raises(
        DataError, match=r"class 'rare' has 3 rows .* a stratified split needs 5 of each class for 5 fo"
    ):
        parts_of(classes(np.repeat([0, 1], [20, 3]), ("usual", "rare")), folds=5, fold=0)


def test_fewer_rows_than_parts_are_refused() -> None:
    with pytest.raises(DataError, match="2 rows cannot be split into 3 parts"):
        parts_of(numbers(2), by="random")


def test_folds_without_a_chosen_one_are_no_single_run() -> None:
    with pytest.raises(ConfigError, match=r"folds=5 stands for 10 runs, .* with dataset.split.fold=0 \(to 9\)"):
        parts_of(numbers(50), folds=5, repeats=2)
