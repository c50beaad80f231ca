import math

import numpy as np
import polars as pl
import pytest

from src.data.rows import Rows
from src.data.weight import check_weight, read_weight
from src.errors import DataError


def test_weights_are_numbers_in_the_order_of_the_rows() -> None:
    weight = read_weight(pl.Series("w", [0.5, 0, 3]), Rows.count(3))
    assert weight.dtype == np.float32
    assert weight.tolist() == [0.5, 0.0, 3.0]
    assert read_weight(pl.Series("w", [2, 1]), Rows.count(2)).tolist() == [2.0, 1.0]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ([1.0, None, None], r"column 'w' is missing in 2 of 3 rows \(rows 2, 3\); required: a number of at least 0"),
        ([1.0, -2.0, 0.0], r"column 'w' is negative in 1 of 3 rows \(row 2\); required: a number of at least 0"),
        (["1", "much", "2"], "column 'w' row 2: 'much' is not a number; dataset.weight needs numbers"),
        ([1.0, math.inf, 0.0], "column 'w' row 2: 'inf' is not a finite number"),
        ([1.0, math.nan, 0.0], "column 'w' row 2: 'nan' is not a finite number"),
    ],
)
def test_what_is_no_weight_is_named_with_its_rows(values: list[object], sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        read_weight(pl.Series("w", values), Rows.count(3))


def test_rows_that_count_for_nothing_all_together_are_refused() -> None:
    weight = np.array([1, 0, 0, 2], np.float32)
    check_weight("w", weight, {"train": np.array([0, 1]), "test": np.array([2, 3])})
    check_weight(None, np.empty(0, np.float32), {"train": np.array([0, 1])})
    with pytest.raises(DataError, match="column 'w' is 0 in all test rows; they would count for nothing"):
        check_weight("w", weight, {"train": np.array([0, 3]), "test": np.array([1, 2])})
