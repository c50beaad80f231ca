import math

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor

from src.comparison.paired import Interval, Measures, Signs, bootstrap, sign_test

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(("better", "worse"), [(0, 0), (1, 0), (3, 3), (9, 1), (2, 14), (0, 60), (5100, 4900)])
def test_p_value_of_the_sign_test_is_that_of_scipys_binomial_test(better: int, worse: int) -> None:
    expected = stats.binomtest(better, better + worse).pvalue if better + worse else 1.0
    assert Signs(better, worse, 7).p == pytest.approx(expected, rel=1e-9)


def test_sign_test_counts_the_rows_and_takes_rounding_for_equality() -> None:
    first = torch.tensor([1.0, 0.0, 0.0, 1.0, 0.3], dtype=torch.float64)
    second = torch.tensor([1.0, 1.0, 1.0, 0.0, 0.1 + 0.2], dtype=torch.float64)
    assert sign_test(first, second) == Signs(better=2, worse=1, equal=2)


def mean_of(values: Tensor) -> Measures:
    return lambda counts: {"mean": (values @ counts.double() / counts.sum()).item()}


def test_interval_is_that_of_scipys_paired_percentile_bootstrap() -> None:
    a, b = RNG.normal(size=200), RNG.normal(0.3, size=200)
    measures = [mean_of(torch.tensor(values)) for values in (a, b)]
    [found] = bootstrap(measures, 200, 4000)
    reference = stats.bootstrap(
        (a, b), lambda x, y, axis: (y - x).mean(axis), paired=True, n_resamples=4000, method="percentile", rng=RNG
    ).confidence_interval
    width = reference.high - reference.low
    assert found["mean"].value == pytest.approx(b.mean() - a.mean())
    assert found["mean"].low == pytest.approx(reference.low, abs=0.06 * width)
    assert found["mean"].high == pytest.approx(reference.high, abs=0.06 * width)


def test_same_rows_are_drawn_for_all_and_each_time() -> None:
    values = torch.tensor(RNG.normal(size=50))
    measures = [mean_of(values), mean_of(values + 1), mean_of(2 * values)]
    shifted, doubled = bootstrap(measures, 50, 1000)
    assert shifted["mean"].low == pytest.approx(1)
    assert shifted["mean"].high == pytest.approx(1)
    assert [shifted, doubled] == bootstrap(measures, 50, 1000)


def test_resamples_without_the_metric_are_counted_and_left_out() -> None:
    def first_row_is_there(counts: Tensor) -> dict[str, float]:
        return {"there": 1.0} if counts[0] else {}

    [found] = bootstrap([lambda _: {"there": 0.0, "only here": 1.0}, first_row_is_there], 10, 1000)
    assert [*found] == ["there"]
    assert found["there"].low == found["there"].high == 1
    assert 300 < found["there"].undefined < 400  # (1 - 1/10) ** 10 of 1000


def test_nothing_bounds_the_interval_of_a_metric_that_no_resample_has() -> None:
    [found] = bootstrap([lambda _: {"x": 0.0}, lambda c: {"x": 2.0} if c.max() == 1 else {}], 40, 1000)
    assert found["x"] == Interval(2.0, -math.inf, math.inf, 1000)
    assert found["x"].reversed() == Interval(-2.0, -math.inf, math.inf, 1000)
