"""The median that is looked for between two numbers is the median."""

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from src.data import median as module
from src.data.median import median

MANY = 300_000


def made() -> dict[str, NDArray[np.float64]]:
    rng = np.random.default_rng(0)
    normal = rng.normal(50, 7, MANY)
    return {
        "normal": normal,
        "odd": normal[:-1],
        "long-tailed": rng.lognormal(0, 3, MANY),
        "few values": rng.integers(0, 4, MANY) / 1,
        "mostly zero": np.where(rng.random(MANY) < 0.8, 0.0, normal),
        "constant": np.full(MANY, 3.5),
        "in order": np.sort(normal),
        "two far apart": np.where(np.arange(MANY) % 2, 1e9, -1.0),
        "few": normal[:101],
    }


@pytest.mark.parametrize("name", made())
def test_the_median_of_many_numbers_is_that_of_polars_and_numpy(name: str) -> None:
    values = made()[name]
    found = median(np.array_split(values, max(1, len(values) // 50_000)))
    assert found == pl.Series(values).median()
    assert found == pytest.approx(float(np.median(values)), rel=1e-15)


def test_a_sample_that_misleads_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    values = made()["normal"]
    for wrong in ((values.max(), values.max() + 1), (values.min() - 1, values.min())):
        monkeypatch.setattr(module, "_around", lambda *_, wrong=wrong: wrong)
        assert median([values]) == pl.Series(values).median()
