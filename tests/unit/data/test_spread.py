"""The rows of a part are written in the order in which they are stored."""

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from src.data.spread import SPREAD_FROM, Stored

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
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(0x5EED)).numpy()
    for values in (table, table.astype(np.float32), np.stack([table, -table], 1)):
        assert np.array_equal(stored(rows, values), values[rows[order]])


def test_few_rows_stay_as_they_are() -> None:
    rows = np.array([5, 3, 9])
    assert stored(rows, np.arange(10)).tolist() == [5, 3, 9]
    assert np.array_equal(stored(np.arange(SPREAD_FROM), np.arange(MANY)), np.arange(SPREAD_FROM))
