"""The rows of a part are written in the order in which they are stored."""

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from src.data.spread import SPREAD_FROM, TOGETHER, Stored

MANY = 3 * SPREAD_FROM


def stored(rows: NDArray[Any], values: NDArray[Any]) -> NDArray[Any]:
    part = Stored(rows)
    part.spread()
    assert len(part) == len(rows)
    return np.concatenate([*part.of(values)])


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_many_rows_are_in_an_order_that_is_the_same_for_ever(dtype: Any) -> None:
    table = np.random.default_rng(0).normal(size=2 * MANY)
    rows = np.flatnonzero(table > 0).astype(dtype)
    groups = torch.randperm(-(-len(rows) // TOGETHER), generator=torch.Generator().manual_seed(0x5EED))
    order = np.concatenate([np.arange(len(rows))[TOGETHER * each : TOGETHER * (each + 1)] for each in groups.tolist()])
    for values in (table, table.astype(np.float32), np.stack([table, -table], 1)):
        assert np.array_equal(stored(rows, values), values[rows[order]])


def test_a_stretch_of_sorted_rows_is_like_all_of_them() -> None:
    table = np.arange(MANY) / MANY
    found = stored(np.arange(MANY), table)
    assert np.array_equal(np.sort(found), table)
    for begin in range(0, MANY, SPREAD_FROM):
        of_stretch = np.quantile(found[begin : begin + SPREAD_FROM], [0.1, 0.5, 0.9])
        assert of_stretch == pytest.approx([0.1, 0.5, 0.9], abs=0.04)


def test_few_rows_stay_as_they_are() -> None:
    rows = np.array([5, 3, 9])
    assert stored(rows, np.arange(10)).tolist() == [5, 3, 9]
    assert np.array_equal(stored(np.arange(SPREAD_FROM), np.arange(MANY)), np.arange(SPREAD_FROM))
