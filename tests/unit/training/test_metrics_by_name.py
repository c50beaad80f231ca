"""Each metric that a YAML can name, against scikit-learn or its definition."""

import typing
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from sklearn import metrics as reference
from torch import Tensor

from src.config.metric import METRICS, MetricName, misfit, usual, wanted
from src.heads.head import Prediction
from src.metrics import classes, labels, numbers
from src.metrics.evaluate import evaluate
from src.spec import OutputSpec
from src.task import Task

N = 150
GENERATOR = torch.Generator().manual_seed(0)
WEIGHT = torch.rand(N, generator=GENERATOR) * 3 * (torch.arange(N) % 4 > 0)
OUTPUTS = {
    "two": OutputSpec(("kind",), Task.BINARY, ("no", "yes")),
    "four": OutputSpec(("kind",), Task.MULTICLASS, ("a", "b", "c", "d")),
    "labels": OutputSpec(("a", "b", "c"), Task.MULTILABEL),
    "value": OutputSpec(("price",), Task.REGRESSION),
}
Scores = dict[str, Callable[..., float]]


def classified(classes: int) -> tuple[Tensor, Tensor]:
    """Probabilities, many of them equal, and classes."""
    y = torch.multinomial(torch.tensor([0.5, 0.3, 0.15, 0.05])[:classes], N, True, generator=GENERATOR)
    logits = torch.randn(N, classes, generator=GENERATOR).round(decimals=1) + torch.nn.functional.one_hot(y, classes)
    return torch.softmax(logits.double(), 1), y


def case(name: str) -> tuple[Prediction, Tensor]:
    match name:
        case "labels":
            y = (torch.rand(N, 3, generator=GENERATOR) < 0.4).long()
            p = torch.sigmoid(torch.randn(N, 3, generator=GENERATOR) + y).double().round(decimals=2)
            return Prediction((p > 0.5).long(), p), y
        case "value":
            y = torch.randn(N, generator=GENERATOR).double() * 20 + 50
            return Prediction(y + torch.randn(N, generator=GENERATOR).double() * 9), y
    p, y = classified(len(OUTPUTS[name].classes))
    return Prediction(p.argmax(1), p), y


def sklearn(name: str, prediction: Prediction, y: Tensor, weight: Tensor | None) -> dict[str, float]:
    point, p, kw = prediction.point, prediction.probability, {"sample_weight": weight}
    macro: dict[str, Any] = {"average": "macro", "zero_division": 0, **kw}
    both: Scores = {"precision": reference.precision_score, "recall": reference.recall_score, "f1": reference.f1_score}
    match name:
        case "value":
            scores: Scores = {
                "mse": reference.mean_squared_error,
                "rmse": reference.root_mean_squared_error,
                "mae": reference.mean_absolute_error,
                "median_absolute_error": reference.median_absolute_error,
                "mape": reference.mean_absolute_percentage_error,
                "r2": reference.r2_score,
            }
            return {key: score(y, point, **kw) for key, score in scores.items()}
        case "labels":
            of_labels = [(y[:, j], p[:, j], point[:, j]) for j in range(3)]
            return {
                **{key: score(y, point, **macro) for key, score in both.items()},
                "accuracy": np.mean([reference.accuracy_score(t, c, **kw) for t, _, c in of_labels]),
                "exact_match": reference.accuracy_score(y, point, **kw),
                "brier": np.mean([reference.brier_score_loss(t, score, **kw) for t, score, _ in of_labels]),
                "log_loss": np.mean([reference.log_loss(t, score, **kw) for t, score, _ in of_labels]),
                "roc_auc": reference.roc_auc_score(y, p, **kw),
                "average_precision": reference.average_precision_score(y, p, average="macro", **kw),
            }
    score = p[:, 1] if name == "two" else p
    binary = {"average": "binary", **kw}
    return {
        **{key: score(y, point, **macro) for key, score in both.items()},
        **({f"{key}_binary": score(y, point, **binary) for key, score in both.items()} if name == "two" else {}),
        "accuracy": reference.accuracy_score(y, point, **kw),
        "balanced_accuracy": reference.balanced_accuracy_score(y, point, **kw),
        "mcc": reference.matthews_corrcoef(y, point, **kw),
        "cohen_kappa": reference.cohen_kappa_score(y, point, **kw),
        "quadratic_kappa": reference.cohen_kappa_score(y, point, weights="quadratic", **kw),
        "brier": reference.brier_score_loss(y, score, **kw),
        "log_loss": reference.log_loss(y, p, **kw),
        "roc_auc": reference.roc_auc_score(y, score, multi_class="ovr", average="macro", **kw),
        "average_precision": reference.average_precision_score(y, score, average="macro", **kw),
    }


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
@pytest.mark.parametrize("name", OUTPUTS)
def test_every_metric_of_every_task_equals_scikit_learn(name: str, weight: Tensor | None) -> None:
    prediction, y = case(name)
    expected, output = sklearn(name, prediction, y, weight), OUTPUTS[name]
    assert set(expected) == {key for key, metric in METRICS.items() if output.task in metric.tasks and not metric.loss}
    assert evaluate(prediction, y, output, weight, list(expected)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
def test_pinball_is_the_mean_over_the_levels(weight: Tensor | None) -> None:
    prediction, y = case("value")
    beside = {"q0.1": prediction.point - 8, "q0.5": prediction.point, "q0.95": prediction.point + 13.5}
    output = OutputSpec(("price",), Task.REGRESSION, head="quantile", levels=(0.1, 0.5, 0.95))
    assert tuple(beside) == output.beside
    found = evaluate(Prediction(prediction.point, beside=beside), y, output, weight)
    each = [
        reference.mean_pinball_loss(y, value, alpha=level, sample_weight=weight)
        for level, value in zip(output.levels, beside.values(), strict=True)
    ]
    assert found["pinball"] == pytest.approx(np.mean(each), rel=1e-9)
    assert list(found) == ["rmse", "mae", "r2", "pinball"]


def test_crps_of_a_normal_distribution_equals_its_integral() -> None:
    """The integral of the squared distance between both distribution functions."""
    mean, std, y = 3.0, 1.7, 5.2
    x = torch.linspace(mean - 20, mean + 20, 400_001, dtype=torch.float64)
    distance = torch.special.ndtr((x - mean) / std) - (x >= y).double()
    one = Prediction(torch.tensor([mean]).double(), beside={"std": torch.tensor([std]).double()})
    output = OutputSpec(("price",), Task.REGRESSION, head="gaussian_nll")
    found = evaluate(one, torch.tensor([y]).double(), output)
    assert found["crps"] == pytest.approx(torch.trapezoid(distance.square(), x).item(), rel=1e-4)
    assert list(found) == ["rmse", "mae", "crps"]


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
def test_poisson_deviance_equals_scikit_learn_also_for_counts_of_zero(weight: Tensor | None) -> None:
    rate = torch.rand(N, generator=GENERATOR).double() * 5 + 0.1
    y = torch.poisson(rate, generator=GENERATOR)
    found = evaluate(Prediction(rate), y, OutputSpec(("n",), Task.REGRESSION, head="poisson"), weight)
    expected = reference.mean_poisson_deviance(y, rate, sample_weight=weight)
    assert (y == 0).any()
    assert found["poisson_deviance"] == pytest.approx(expected, rel=1e-9)
    rate[0] = y[0] = 0.0  # e^-800
    found = evaluate(Prediction(rate), y, OutputSpec(("n",), Task.REGRESSION, head="poisson"), weight)
    assert found["poisson_deviance"] < 2 * expected


def test_of_several_numbers_each_has_its_own_value_and_the_mean_has_the_plain_name() -> None:
    (first, y1), (second, y2) = case("value"), case("value")
    output = OutputSpec(("a", "b"), Task.REGRESSION)
    both, y = Prediction(torch.stack([first.point, second.point], 1)), torch.stack([y1, y2], 1)
    found = evaluate(both, y, output, names=["mape", "median_absolute_error"])
    assert list(found) == [
        *("mape", "median_absolute_error"),
        *("mape_a", "median_absolute_error_a", "mape_b", "median_absolute_error_b"),
    ]
    expected = reference.median_absolute_error(y, both.point, multioutput="raw_values")
    assert [found["median_absolute_error_a"], found["median_absolute_error_b"]] == pytest.approx(expected)
    assert found["median_absolute_error"] == pytest.approx(expected.mean())


def test_a_metric_that_is_undefined_is_left_out() -> None:
    p = torch.tensor([[0.9, 0.1], [0.8, 0.2]]).double()
    found = evaluate(Prediction(p.argmax(1), p), torch.tensor([0, 0]), OUTPUTS["two"], names=[*classes.MEASURES])
    assert {*classes.MEASURES} - {*found} == {
        *("cohen_kappa", "quadratic_kappa", "roc_auc", "average_precision"),
        *("precision_binary", "recall_binary", "f1_binary"),
    }
    assert found["mcc"] == 0


def test_every_name_has_its_direction_its_tasks_and_its_calculation() -> None:
    assert set(METRICS) == set(typing.get_args(MetricName))
    of_tasks = {
        Task.BINARY: {*classes.MEASURES},
        Task.MULTICLASS: {*classes.MEASURES} - {"precision_binary", "recall_binary", "f1_binary"},
        Task.MULTILABEL: {*labels.MEASURES},
        Task.REGRESSION: {*numbers.MEASURES},
    }
    for task, names in of_tasks.items():
        assert {name for name, metric in METRICS.items() if task in metric.tasks} == names
    better = {name for name, metric in METRICS.items() if metric.higher_is_better}
    assert {name for name in METRICS if "loss" in name or "error" in name or "mse" in name}.isdisjoint(better)
    assert {"accuracy", "r2", "roc_auc", "mcc"} <= better


def test_the_wanted_metrics_are_the_usual_ones_or_those_named_and_the_monitored_one() -> None:
    assert wanted("auto", "loss", Task.REGRESSION, "plain") == ("rmse", "mae", "r2")
    assert wanted("auto", "mape", Task.REGRESSION, "plain") == ("rmse", "mae", "r2", "mape")
    assert wanted(["mcc"], "mcc", Task.BINARY, "plain") == ("mcc",)
    assert usual(Task.REGRESSION, "poisson") == ("rmse", "mae", "r2", "poisson_deviance")
    assert usual(Task.MULTICLASS, "corn") == ("accuracy", "f1", "log_loss", "roc_auc", "quadratic_kappa")


@pytest.mark.parametrize(
    ("name", "task", "loss", "sentence"),
    [
        ("rmse", Task.BINARY, "plain", "rmse is of regression, the target is binary; there are accuracy, average_prec"),
        ("recall_binary", Task.MULTICLASS, "plain", "recall_binary is of binary, the target is multiclass; did"),
        ("exact_match", Task.REGRESSION, "plain", "exact_match is of multilabel, the target is regression; there are "),
        ("pinball", Task.REGRESSION, "mse", "pinball needs what only loss=quantile gives; the loss is mse"),
        ("crps", None, "mse", "crps needs what only loss=gaussian_nll gives; the loss is mse"),
    ],
)
def test_a_metric_that_does_not_fit_is_explained(name: MetricName, task: Task | None, loss: str, sentence: str) -> None:
    assert str(misfit(name, task, loss)).startswith(sentence)


def test_a_metric_that_fits_is_none_to_be_explained() -> None:
    assert misfit("pinball", Task.REGRESSION, "quantile") is None
    assert misfit("accuracy", None, "auto") is None
