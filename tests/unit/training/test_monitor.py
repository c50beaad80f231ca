import math
from itertools import pairwise

import pytest

from src.monitor import Monitor


@pytest.mark.parametrize(("name", "from_bad_to_good"), [("loss", [3, 2, 0, -1]), ("r2", [-2, 0, 0.5]), ("mae", [2, 1])])
def test_what_is_better_costs_less(name: str, from_bad_to_good: list[float]) -> None:
    costs = [Monitor.of(name).cost(value) for value in from_bad_to_good]
    assert all(worse > better for worse, better in pairwise(costs))


@pytest.mark.parametrize("name", ["loss", "accuracy"])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_finite_number_is_the_worst(name: str, value: float) -> None:
    assert Monitor.of(name).cost(value) == math.inf
