"""One column is fitted and encoded the same however it lies in memory."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from src.config.dataset import Dataset
from src.data.fitting import Fitted, fit_column

ROWS = 200_000
SECTION = {"name": "t", "path": "t.csv", "target": "y", "columns": {"numeric": ["x"]}}


def cells() -> pl.Series:
    rng = np.random.default_rng(0)
    return pl.Series("x", np.where(rng.random(ROWS) < 0.1, np.nan, rng.normal(1e3, 7, ROWS)), nan_to_null=True)


def chunked(column: pl.Series, borders: Sequence[int]) -> pl.Series:
    ends = [0, *borders, len(column)]
    return pl.concat([column[begin:end] for begin, end in itertools.pairwise(ends)])


def fit(column: pl.Series, **options: Any) -> Fitted:
    train = pl.Series(np.arange(ROWS) % 3 > 0)
    return fit_column(column, {"train": train, "test": ~train}, Dataset.model_validate({**SECTION, **options}))


@pytest.mark.parametrize("how", ["standard", "minmax", "robust", "quantile"])
def test_chunks_change_no_bit_of_what_is_fitted(how: str) -> None:
    whole, pieces = (fit(chunked(cells(), borders), scale=how) for borders in ([], [7, 70_000, 70_001, 150_000]))
    assert (pieces.encoder, pieces.numeric, pieces.missing) == (whole.encoder, whole.numeric, whole.missing)
    assert_array_equal(pieces.inputs[0], whole.inputs[0])


def test_many_numbers_have_the_mean_and_deviation_of_numpy_and_the_missing_cells_of_all_parts() -> None:
    column = cells()
    train = column.filter(pl.Series(np.arange(ROWS) % 3 > 0)).drop_nulls().to_numpy()
    found = fit(column)
    assert_allclose(found.numeric["x"]["center"], train.mean(), rtol=1e-14)
    assert_allclose(found.numeric["x"]["scale"], train.std(), rtol=1e-14)
    assert found.missing == column.null_count()
    assert_array_equal(found.inputs[0], column.cast(pl.Float32).to_numpy())


def test_numbers_of_32_bits_are_fitted_as_the_same_in_64() -> None:
    column = cells().cast(pl.Float32)
    narrow, wide = fit(column), fit(column.cast(pl.Float64))
    assert (narrow.encoder, narrow.numeric) == (wide.encoder, wide.numeric)
    assert_array_equal(narrow.inputs[0], wide.inputs[0])


def test_train_rows_that_all_lie_at_one_end_are_enough() -> None:
    column = cells()
    train = pl.Series(np.arange(ROWS) >= ROWS - 5)
    found = fit_column(column, {"train": train, "test": ~train}, Dataset.model_validate(SECTION))
    last = column[-5:].drop_nulls().to_numpy()
    assert found.numeric["x"]["impute"] == np.median(last)
    assert found.numeric["x"]["center"] == last.mean()
