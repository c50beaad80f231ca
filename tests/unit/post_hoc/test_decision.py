"""Thresholds and costs against all that can be chosen."""

from dataclasses import replace
from typing import Any, get_args

import pytest
import torch
from torch import Tensor

from src.config.metric import OF_A_THRESHOLD, ThresholdMetric
from src.config.prediction import Prediction as Settings
from src.heads.head import Prediction
from src.metrics.evaluate import evaluate
from src.post_hoc.adjust import adjusted
from src.post_hoc.fit import fit_post_hoc
from src.spec import OutputSpec
from src.task import Task

TWO = OutputSpec(("kind",), Task.BINARY, ("no", "yes"))
THREE = OutputSpec(("kind",), Task.MULTICLASS, ("a", "b", "c"))
LABELS = OutputSpec(("a", "b"), Task.MULTILABEL)


def two(seed: int, n: int = 60) -> tuple[Prediction, Tensor, Tensor]:
    """Rare hits, scores of which many are equal and some are 0 or 1, weights of which some are 0."""
    generator = torch.Generator().manual_seed(seed)
    p = torch.rand(n, generator=generator, dtype=torch.float64).square().round(decimals=1 + seed % 2)
    y = (torch.rand(n, generator=generator) < p * 0.6).long()
    y[:2] = torch.tensor([0, 1])
    weight = torch.rand(n, generator=generator) * (torch.arange(n) % 5 > 0)
    return Prediction((p > 0.5).long(), torch.stack([1 - p, p], 1)), y, weight + (torch.arange(n) < 2)


def settings(**decision: Any) -> Settings:
    return Settings.model_validate({"decision": decision})


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("metric", OF_A_THRESHOLD[Task.BINARY])
def test_no_threshold_is_better_for_the_metric(metric: str, weighted: bool) -> None:
    for seed in range(6):
        answers, y, weights = two(seed)
        weight, score = weights if weighted else None, answers.probability[:, 1]
        tried = [
            evaluate(replace(answers, point=(score > threshold).long()), y, TWO, weight, [metric])[metric]
            for threshold in [0.0, *torch.unique(score).tolist()]
        ]
        post_hoc = fit_post_hoc(settings(by="metric", metric=metric), answers, y, weight, TWO)
        chosen = adjusted(answers, replace(TWO, post_hoc=post_hoc))
        assert evaluate(chosen, y, TWO, weight, [metric])[metric] == pytest.approx(max(tried), abs=1e-12)
        assert 0 <= post_hoc.threshold[0] <= 1


def test_each_metric_of_a_threshold_is_of_two_classes() -> None:
    assert {*OF_A_THRESHOLD[Task.BINARY]} == {*get_args(ThresholdMetric)}


@pytest.mark.parametrize("metric", OF_A_THRESHOLD[Task.MULTILABEL])
def test_labels_have_thresholds_of_their_own_which_are_best_together(metric: str) -> None:
    (first, y1, weight), (second, y2, _) = two(0), two(1)
    p, y = torch.stack([first.probability[:, 1], second.probability[:, 1]], 1), torch.stack([y1, y2], 1)
    answers = Prediction((p > 0.5).long(), p)
    post_hoc = fit_post_hoc(settings(by="metric", metric=metric), answers, y, weight, LABELS)
    tried = []
    for one in [0.0, *torch.unique(p[:, 0]).tolist()]:
        for other in [0.0, *torch.unique(p[:, 1]).tolist()]:
            point = (p > torch.tensor([one, other], dtype=torch.float64)).long()
            tried.append(evaluate(replace(answers, point=point), y, LABELS, weight, [metric])[metric])
    chosen = adjusted(answers, replace(LABELS, post_hoc=post_hoc))
    assert evaluate(chosen, y, LABELS, weight, [metric])[metric] == pytest.approx(max(tried), abs=1e-12)


def test_a_threshold_lies_between_the_scores_that_it_divides_nearest_to_a_half() -> None:
    p = torch.tensor([0.1, 0.2, 0.4, 0.9], dtype=torch.float64)
    answers, y = Prediction(torch.zeros(4).long(), torch.stack([1 - p, p], 1)), torch.tensor([0, 0, 1, 1])
    found = fit_post_hoc(settings(by="metric", metric="f1"), answers, y, None, TWO)
    assert found.threshold == pytest.approx((0.3,))
    found = fit_post_hoc(settings(by="metric", metric="accuracy"), answers, torch.tensor([0, 1, 0, 1]), None, TWO)
    assert found.threshold == pytest.approx((0.65,))  # as many right as with 0.15


def test_a_given_threshold_is_exceeded_by_what_is_chosen() -> None:
    p = torch.tensor([0.2, 0.3, 0.31], dtype=torch.float64)
    answers, y = Prediction(torch.zeros(3).long(), torch.stack([1 - p, p], 1)), torch.tensor([0, 0, 1])
    post_hoc = fit_post_hoc(settings(by="threshold", threshold=0.3), answers, y, None, TWO)
    assert adjusted(answers, replace(TWO, post_hoc=post_hoc)).point.tolist() == [0, 0, 1]
    labels = Prediction(y, p[:, None].expand(3, 2))
    post_hoc = fit_post_hoc(settings(by="threshold", threshold=0.3), labels, y, None, LABELS)
    assert adjusted(labels, replace(LABELS, post_hoc=post_hoc)).point.tolist() == [[0, 0], [0, 0], [1, 1]]


def test_the_class_with_the_least_expected_cost_is_chosen() -> None:
    p = torch.softmax(torch.randn(200, 3, generator=torch.Generator().manual_seed(0)).double(), 1)
    costs: list[list[float]] = [[0.0, 1, 4], [2, 0, 1], [9, 3, 0.5]]
    answers = Prediction(p.argmax(1), p)
    post_hoc = fit_post_hoc(settings(by="costs", costs=costs), answers, p.argmax(1), None, THREE)
    chosen = adjusted(answers, replace(THREE, post_hoc=post_hoc)).point.tolist()
    for row, point in zip(p.tolist(), chosen, strict=True):
        expected = [sum(row[true] * costs[true][other] for true in range(3)) for other in range(3)]
        assert point == expected.index(min(expected))


def test_a_miss_that_costs_five_times_as_much_lowers_the_threshold_to_a_sixth() -> None:
    p = torch.tensor([0.166, 0.167], dtype=torch.float64)
    answers = Prediction(torch.zeros(2).long(), torch.stack([1 - p, p], 1))
    post_hoc = fit_post_hoc(settings(by="costs", costs=[[0, 1], [5, 0]]), answers, answers.point, None, TWO)
    assert adjusted(answers, replace(TWO, post_hoc=post_hoc)).point.tolist() == [0, 1]
