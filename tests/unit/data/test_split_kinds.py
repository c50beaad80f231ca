"""Splits by group, time, column and key."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.config.split import Split
from src.data.rows import Rows
from src.data.split import PARTS, split
from src.data.splits.kind import Index
from src.data.target import Target
from src.errors import DataError
from src.task import Task


def parts_of(columns: dict[str, Any], **settings: Any) -> dict[str, Index]:
    frame = pl.DataFrame(columns)
    target = Target(("y",), Task.REGRESSION, (), np.arange(len(frame), dtype=np.float64))
    return split(Split.model_validate(settings), frame, target, Rows.count(len(frame)))


def part_of_each(parts: dict[str, Index]) -> dict[int, str]:
    """Row to part; fails if a row is in two."""
    pairs = [(row, part) for part, rows in parts.items() for row in rows.tolist()]
    assert len({row for row, _ in pairs}) == len(pairs)
    return dict(pairs)


@given(st.lists(st.integers(1, 12), min_size=3, max_size=30), st.integers(0, 9))
def test_groups_stay_whole_and_parts_are_near_their_fractions(sizes: list[int], seed: int) -> None:
    group = np.random.default_rng(seed).permutation(np.repeat([f"g{number}" for number in range(len(sizes))], sizes))
    parts = parts_of({"site": group}, by="group", column="site", seed=seed)
    assert part_of_each(parts).keys() == set(range(len(group)))
    inside = [set(group[parts[part]].tolist()) for part in PARTS]
    assert all(inside)
    assert sum(map(len, inside)) == len(sizes)
    if min(len(group) * fraction for fraction in (0.7, 0.15, 0.15)) > 2 * max(sizes):
        for name, fraction in zip(PARTS, (0.7, 0.15, 0.15), strict=True):
            assert abs(len(parts[name]) - len(group) * fraction) <= max(sizes)


def test_the_part_of_a_group_does_not_depend_on_the_order_of_the_rows() -> None:
    group = np.repeat(np.arange(30), 3)
    mixed = np.random.default_rng(0).permutation(group)
    one, other = (parts_of({"g": each}, by="group", column="g") for each in (group, mixed))
    assert [set(group[one[part]]) for part in PARTS] == [set(mixed[other[part]]) for part in PARTS]


def test_rows_without_group_and_too_few_groups_are_explained() -> None:
    with pytest.raises(DataError, match=r"column 'g' is missing in 1 of 4 rows \(row 2\)"):
        parts_of({"g": ["a", None, "b", "c"]}, by="group", column="g")
    with pytest.raises(DataError, match="the 4 rows are of 2 groups of 'g'; 3 parts need 3 groups"):
        parts_of({"g": ["a", "a", "b", "b"]}, by="group", column="g")


@given(st.lists(st.integers(0, 40), min_size=3, max_size=120), st.booleans())
def test_time_goes_from_train_to_test_and_equal_times_stay_together(times: list[int], as_text: bool) -> None:
    if len(set(times)) < 3:
        with pytest.raises(DataError, match="3 parts need 3 at least"):
            parts_of({"t": times}, by="time", column="t")
        return
    column: list[Any] = [str(datetime(2024, 2, 20) + timedelta(hours=7 * t)) for t in times] if as_text else times
    parts = parts_of({"t": column}, by="time", column="t")
    assert part_of_each(parts).keys() == set(range(len(times)))
    train, validation, test = (np.array(times)[parts[part]] for part in PARTS)
    assert train.max() < validation.min()
    assert validation.max() < test.min()


def test_distinct_times_are_cut_exactly_at_the_fractions() -> None:
    parts = parts_of({"t": pl.datetime_range(datetime(2024, 1, 1), datetime(2024, 4, 9), "1d", eager=True)[::-1]},
                     by="time", column="t")  # fmt: skip
    assert {part: len(rows) for part, rows in parts.items()} == {"train": 70, "validation": 15, "test": 15}
    assert parts["test"].tolist() == list(range(15))


def test_zones_are_compared_in_utc_and_a_text_that_is_no_date_is_named() -> None:
    texts = ["2024-05-01T12:00:00+02:00", "2024-05-01T11:00:00+00:00", "2024-05-01T10:30:00Z"]
    parts = parts_of({"t": texts}, by="time", column="t")
    assert [parts[part].tolist() for part in PARTS] == [[0], [2], [1]]
    with pytest.raises(
        DataError, match=r"column 't' row 2: '31\.5\.2024' is no date; required: dates like"
    ):
        parts_of({"t": ["2024-05-31", "31.5.2024", "2024-06-01"]}, by="time", column="t")


def test_a_column_names_the_part_in_any_spelling() -> None:
    parts = parts_of({"part": ["Train", "VAL", "test ", "valid", "validation", "TEST"]}, by="column", column="part")
    assert [parts[part].tolist() for part in PARTS] == [[0], [1, 3, 4], [2, 5]]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (
            ["train", "dev", "val", "test", "holdout"],
            r"column 'part' says 'dev', 'holdout' \(rows 2, 5\); required: tr",
        ),
        (["train", "test", "train"], "column 'part' says validation in no row"),
        (["train", None, "test"], r"column 'part' is missing in 1 of 3 rows \(row 2\)"),
        ([0, 1, 2], "column 'part' holds Int64; required: train, validation"),
    ],
)
def test_a_column_that_names_something_else_is_explained(values: list[Any], sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        parts_of({"part": values}, by="column", column="part")


@given(st.integers(60, 150), st.integers(1, 60), st.integers(0, 99))
def test_with_a_key_no_row_moves_when_rows_come_go_or_change_places(n: int, more: int, seed: int) -> None:
    before = np.array([f"id-{number}" for number in range(n)])
    after = np.random.default_rng(seed).permutation([*before[n // 4 :], *(f"new-{number}" for number in range(more))])
    settings: dict[str, Any] = {"by": "random", "key": ["id"], "train": 0.4, "validation": 0.3, "test": 0.3}
    one = part_of_each(parts_of({"id": before}, **settings, seed=seed))
    other = part_of_each(parts_of({"id": after}, **settings, seed=seed))
    assert one.keys() == set(range(n))
    old = {key: one[row] for row, key in enumerate(before.tolist())}
    assert all(old.get(key, other[row]) == other[row] for row, key in enumerate(after.tolist()))


def test_a_key_meets_the_fractions_on_average_and_is_the_same_from_text_and_numbers() -> None:
    n = 20_000
    parts = parts_of({"id": np.arange(n)}, by="random", key=["id"])
    for name, fraction in zip(PARTS, (0.7, 0.15, 0.15), strict=True):
        assert abs(len(parts[name]) / n - fraction) < 4 * np.sqrt(fraction * (1 - fraction) / n)
    as_text = parts_of({"id": [str(number) for number in range(n)]}, by="random", key=["id"])
    assert (as_text["test"] == parts["test"]).all()
    other = parts_of({"id": np.arange(n)}, by="random", key=["id"], seed=1)
    assert len(np.intersect1d(other["test"], parts["test"])) < 0.2 * len(parts["test"])


def test_the_part_of_a_key_is_the_same_for_ever() -> None:
    parts = parts_of({"id": list("abcdefghijklmnop"), "n": range(16)}, by="random", key=["id", "n"])
    assert [parts[part].tolist() for part in PARTS] == [[1, 2, 5, 8, 9, 10, 12, 13, 14], [4, 6, 7], [0, 3, 11, 15]]


def test_too_few_keys_are_explained() -> None:
    with pytest.raises(DataError, match=r"the 5 rows have so few keys \(1\) that one of 3 parts got none"):
        parts_of({"id": ["a"] * 5}, by="random", key=["id"])
