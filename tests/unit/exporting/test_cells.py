"""Cells in torch operations are what the encoders of the data make of them."""

import numpy as np
import polars as pl
import torch

from src.data.encoders.categorical import Categorical
from src.data.encoders.datetimes import Datetime
from src.data.encoders.ordered import Ordered
from src.exporting.cells import NO_DATE, cells_of


def test_moments_of_two_thousand_years_are_those_of_the_encoder_to_the_bit() -> None:
    day = 86_400_000_000
    midnights = np.arange(-366 * 500, 366 * 500) * day
    rng = np.random.default_rng(0)
    micros = np.concatenate([midnights, midnights - 1, rng.integers(-(10**16), 2 * 10**16, 10_000)])
    encoder = Datetime("when", 12_345, 67_890, ("time_of_day", "day_of_week", "day_of_year"))
    found = cells_of(encoder)(torch.from_numpy(micros)[:, None]).float()
    for number, values in enumerate(encoder.numbers(pl.Series(micros).cast(pl.Datetime("us"))).values()):
        np.testing.assert_array_equal(found[:, number], values.astype(np.float32))


def test_a_missing_date_is_no_number() -> None:
    encoder = Datetime("when", 0, 1, ("day_of_week",))
    assert cells_of(encoder)(torch.tensor([[NO_DATE], [0]])).isnan().tolist() == [[True] * 3, [False] * 3]


def test_codes_become_places_and_missing_categories_what_stands_for_them() -> None:
    codes = torch.tensor([[0], [1], [2], [3]])
    places = cells_of(Ordered("size", ("s", "m")))(codes)
    torch.testing.assert_close(places[:, 0], torch.tensor([np.nan, np.nan, 0, 1], dtype=torch.float64), equal_nan=True)
    for filling, expected in ((None, 1), ("b", 3), ("rare", 0)):
        encoder = Categorical("colour", ("a", "b"), filling=filling)
        assert cells_of(encoder)(codes)[:, 0].tolist() == [0, expected, 2, 3]
