"""Intervals of metrics and shares."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats

from src.comparison.paired import percentiles
from src.config.metric import METRICS
from src.metrics import coverage
from src.metrics.evaluate import evaluate
from src.report import intervals
from src.report.intervals import drawn_metrics, effective, number_of_resamples, of_mean, of_metrics, of_share
from src.report.resampled import resampled
from src.report.sections.section import bracketed
from src.spec import OutputSpec, PostHoc
from tests.unit.report.made_up_rows import FOUR, LABELS, QUANTILES, TWO, VALUE, VALUES, rows_of


@pytest.mark.parametrize("weighted", [False, True], ids=["", "weighted"])
@pytest.mark.parametrize("output", [TWO, FOUR, LABELS, VALUE, VALUES], ids=["two", "four", "labels", "value", "values"])
def test_each_metric_of_many_resamples_is_that_of_each_resample(output: OutputSpec, weighted: bool) -> None:
    tested = rows_of(output, weighted, n=40)
    names = [name for name, metric in METRICS.items() if output.task in metric.tasks and not metric.loss]
    counts = torch.from_numpy(np.random.default_rng(0).multinomial(12, np.full(40, 1 / 40), 25))  # few rows: some miss
    found = resampled(tested, names, counts * tested.weight)
    undefined = 0
    for number, drawn in enumerate(counts * tested.weight):
        expected = evaluate(tested.prediction, tested.y, output, drawn, names)
        for name, values in found.items():
            value = values[number].item()
            assert value == pytest.approx(expected.get(name, math.nan), rel=1e-9, abs=1e-12, nan_ok=True), name
            undefined += name not in expected
    assert undefined or output != FOUR


@pytest.mark.parametrize("weighted", [False, True], ids=["", "weighted"])
def test_interval_of_a_metric_is_scipys_percentile_bootstrap_over_the_rows(weighted: bool) -> None:
    tested = rows_of(VALUE, weighted)
    error, weight = (tested.prediction.point - tested.y).abs().numpy(), tested.weight.numpy()
    measured = evaluate(tested.prediction, tested.y, VALUE, tested.weight, ["mae"])
    found = of_metrics(tested, measured, 4000, 0.9)["mae"]
    reference = stats.bootstrap(
        (error, weight),
        lambda e, w, axis: (e * w).sum(axis) / w.sum(axis),
        paired=True,
        n_resamples=4000,
        confidence_level=0.9,
        method="percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval
    width = reference.high - reference.low
    assert found.value == measured["mae"]
    assert found.low == pytest.approx(reference.low, abs=0.06 * width)
    assert found.high == pytest.approx(reference.high, abs=0.06 * width)


def test_intervals_are_the_same_each_time_and_of_each_target() -> None:
    tested = rows_of(VALUES)
    measured = evaluate(tested.prediction, tested.y, VALUES, None, ["rmse"])
    found = of_metrics(tested, measured, 100, 0.95)
    assert found == of_metrics(tested, measured, 100, 0.95)
    assert [*found] == ["rmse", "rmse_price", "rmse_age"]
    assert all(each.low < each.value < each.high for each in found.values())


def test_of_many_rows_a_bag_of_few_tells_as_much_as_all(monkeypatch: pytest.MonkeyPatch) -> None:
    tested = rows_of(VALUE, n=4000)
    measured = evaluate(tested.prediction, tested.y, VALUE, None, ["mae"])
    whole = of_metrics(tested, measured, 1000, 0.95)["mae"]
    monkeypatch.setattr(intervals, "MOST_ROWS", 400)
    bag = of_metrics(tested, measured, 1000, 0.95)["mae"]
    assert bag.low < bag.value == whole.value < bag.high
    assert bag.high - bag.low == pytest.approx(whole.high - whole.low, rel=0.15)


def test_pieces_of_the_resamples_are_the_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    tested = rows_of(FOUR)
    whole = drawn_metrics(tested, ["f1"], 100, len(tested))["f1"]
    monkeypatch.setattr(intervals, "_AT_ONCE", 7 * len(tested))
    assert drawn_metrics(tested, ["f1"], 100, len(tested))["f1"].equal(whole)


def test_resamples_are_fewer_where_they_would_take_long() -> None:
    assert number_of_resamples(rows_of(VALUE), 1000) == 1000
    assert number_of_resamples(rows_of(FOUR, n=5000), 100_000) == 2500


@pytest.mark.parametrize(("hits", "rows"), [(0, 5), (5, 5), (3, 10), (950, 1000)])
def test_interval_of_a_share_is_wilsons(hits: int, rows: int) -> None:
    reference = stats.binomtest(hits, rows).proportion_ci(0.9, method="wilson")
    found = of_share(hits, rows, 0.9)
    assert (found.low, found.value, found.high) == pytest.approx((reference.low, hits / rows, reference.high))


@pytest.mark.parametrize("n", [10, 100])
def test_interval_of_a_mean_is_that_of_students_t(n: int) -> None:
    values = torch.randn(n, generator=torch.Generator().manual_seed(0)).double()
    low, high = stats.t.interval(0.95, n - 1, values.mean(), stats.sem(values))
    found = of_mean(values, torch.ones(n).double(), 0.95)
    assert (found.low, found.high) == pytest.approx((low, high), rel=0.03)


def test_rows_that_count_twice_are_as_many_as_their_weights_say() -> None:
    assert effective(torch.tensor([2.0, 2.0, 2.0, 0.0])) == pytest.approx(3)
    assert effective(torch.tensor([1.0, 3.0])) == pytest.approx(1.6)


def test_an_interval_that_nothing_bounds_is_unknown() -> None:
    assert bracketed(percentiles(0.5, [math.nan] * 3)) == "unknown"


def test_quantiles_are_measured_resample_by_resample() -> None:
    tested = rows_of(QUANTILES)
    beside = {f"q{level}": tested.prediction.point + 20 * level - 10 for level in QUANTILES.levels}
    tested.prediction.beside.update(beside)
    measured = evaluate(tested.prediction, tested.y, QUANTILES, None, ["pinball"])
    assert of_metrics(tested, measured, 100, 0.95)["pinball"].low < measured["pinball"]


@pytest.mark.parametrize("output", [FOUR, VALUE], ids=["sets", "interval"])
def test_coverage_has_an_interval_too(output: OutputSpec) -> None:
    said = replace(output, post_hoc=PostHoc(coverage=0.8, radius=(1.0,)))
    rows = rows_of(output, weighted=True)
    if output is FOUR:
        prediction = replace(rows.prediction, sets=rows.prediction.probability > 0.2)
    else:
        prediction = replace(rows.prediction, beside={"lower": rows.y - 1, "upper": rows.y + 0.1 * rows.part.row - 1})
    tested = replace(rows, prediction=prediction, output=said)
    names = [*coverage.names(said)]
    assert len(names) == 2
    measured = evaluate(prediction, tested.y, said, tested.weight, names)
    found = of_metrics(tested, measured, 200, 0.95)
    assert {name: each.value for name, each in found.items()} == measured
    for name, values in resampled(tested, names, tested.weight[None]).items():
        assert values.item() == pytest.approx(measured[name])
        assert found[name].low <= measured[name] <= found[name].high
