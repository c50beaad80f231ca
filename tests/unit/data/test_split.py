import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.config.split import Split
from src.data.rows import Rows
from src.data.split import PARTS, shares, split
from src.errors import DataError

RANDOM = Split(by="random", train=0.7, validation=0.15, test=0.15)
STRATIFIED = Split(by="stratified", train=0.7, validation=0.15, test=0.15)


@given(
    st.lists(st.integers(3, 40), min_size=2, max_size=5),
    st.integers(0, 2**40),
    st.sampled_from(["random", "stratified"]),
)
def test_every_row_is_in_exactly_one_part_and_parts_keep_file_order(counts: list[int], seed: int, by: str) -> None:
    codes = np.random.default_rng(0).permutation(np.repeat(np.arange(len(counts)), counts))
    config = Split.model_validate({"by": by, "train": 0.6, "validation": 0.2, "test": 0.2, "seed": seed})
    parts = split(config, Rows.count(len(codes)), codes, tuple("abcde"[: len(counts)]))
    assert list(parts) == list(PARTS)
    assert sorted(np.concatenate(list(parts.values())).tolist()) == list(range(len(codes)))
    assert all(len(index) and (np.diff(index) > 0).all() for index in parts.values())
    if by == "stratified":
        assert all(len(np.unique(codes[index])) == len(counts) for index in parts.values())


def test_each_class_is_shared_out_by_largest_remainder() -> None:
    codes = np.repeat([0, 1, 2], [152, 68, 124])  # the penguins
    parts = split(STRATIFIED, Rows.count(344), codes, ("a", "b", "c"))
    counted = [np.bincount(codes[parts[part]]).tolist() for part in PARTS]
    assert counted == [[106, 48, 87], [23, 10, 19], [23, 10, 18]]


def test_the_seed_decides_and_the_same_seed_gives_the_same_rows_for_ever() -> None:
    rows = Rows.count(10)
    parts = split(RANDOM, rows, None, ())
    other = split(RANDOM.model_copy(update={"seed": 1}), rows, None, ())
    assert [parts[part].tolist() for part in PARTS] == [[0, 1, 2, 3, 6, 7, 8], [4, 5], [9]]
    assert other["train"].tolist() != parts["train"].tolist()


def test_a_regression_is_split_at_random_even_if_stratified() -> None:
    rows = Rows.count(50)
    stratified, random = split(STRATIFIED, rows, None, ()), split(RANDOM, rows, None, ())
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
        split(STRATIFIED, Rows.count(6), np.array([0, 0, 0, 1, 0, 0]), ("usual", "rare"))


def test_fewer_rows_than_parts_are_refused() -> None:
    with pytest.raises(DataError, match="2 rows cannot be split into 3 parts"):
        split(RANDOM, Rows.count(2), None, ())
