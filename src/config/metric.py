"""The metrics by name: which tasks they are of, which way is better, which are taken where the YAML names none."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from src.config.suggest import remedy
from src.task import Task

MetricName = Literal[
    "accuracy",
    "balanced_accuracy",
    "exact_match",
    "precision",
    "recall",
    "f1",
    "precision_binary",
    "recall_binary",
    "f1_binary",
    "mcc",
    "cohen_kappa",
    "quadratic_kappa",
    "log_loss",
    "brier",
    "roc_auc",
    "average_precision",
    "rmse",
    "mse",
    "mae",
    "median_absolute_error",
    "mape",
    "r2",
    "pinball",
    "crps",
    "poisson_deviance",
]

ThresholdMetric = Literal["accuracy", "balanced_accuracy", "f1", "f1_binary", "mcc", "cohen_kappa"]
"""Those that a threshold can be chosen for. Others do not look at what is chosen (log_loss), are best where all of it
is (recall) or almost nothing (precision), or would need the thresholds of all labels at once (exact_match)."""


@dataclass(frozen=True)
class Metric:
    """`loss`: the only one whose network tells what the metric needs; empty: with every loss of the tasks."""

    tasks: tuple[Task, ...]
    higher_is_better: bool = False
    loss: str = ""


_CLASSES = (Task.BINARY, Task.MULTICLASS)
_PROBABILITIES = (*_CLASSES, Task.MULTILABEL)
_NUMBERS = (Task.REGRESSION,)

METRICS: dict[MetricName, Metric] = {
    "accuracy": Metric(_PROBABILITIES, higher_is_better=True),
    "balanced_accuracy": Metric(_CLASSES, higher_is_better=True),
    "exact_match": Metric((Task.MULTILABEL,), higher_is_better=True),
    "precision": Metric(_PROBABILITIES, higher_is_better=True),
    "recall": Metric(_PROBABILITIES, higher_is_better=True),
    "f1": Metric(_PROBABILITIES, higher_is_better=True),
    "precision_binary": Metric((Task.BINARY,), higher_is_better=True),
    "recall_binary": Metric((Task.BINARY,), higher_is_better=True),
    "f1_binary": Metric((Task.BINARY,), higher_is_better=True),
    "mcc": Metric(_CLASSES, higher_is_better=True),
    "cohen_kappa": Metric(_CLASSES, higher_is_better=True),
    "quadratic_kappa": Metric(_CLASSES, higher_is_better=True),
    "log_loss": Metric(_PROBABILITIES),
    "brier": Metric(_PROBABILITIES),
    "roc_auc": Metric(_PROBABILITIES, higher_is_better=True),
    "average_precision": Metric(_PROBABILITIES, higher_is_better=True),
    "rmse": Metric(_NUMBERS),
    "mse": Metric(_NUMBERS),
    "mae": Metric(_NUMBERS),
    "median_absolute_error": Metric(_NUMBERS),
    "mape": Metric(_NUMBERS),
    "r2": Metric(_NUMBERS, higher_is_better=True),
    "pinball": Metric(_NUMBERS, loss="quantile"),
    "crps": Metric(_NUMBERS, loss="gaussian_nll"),
    "poisson_deviance": Metric(_NUMBERS, loss="poisson"),
}

OF_A_THRESHOLD: dict[Task, tuple[ThresholdMetric, ...]] = {
    Task.BINARY: ("accuracy", "balanced_accuracy", "f1", "f1_binary", "mcc", "cohen_kappa"),
    Task.MULTILABEL: ("accuracy", "f1"),
}

_USUAL: dict[Task, tuple[MetricName, ...]] = {
    Task.BINARY: ("accuracy", "f1", "log_loss", "roc_auc"),
    Task.MULTICLASS: ("accuracy", "f1", "log_loss", "roc_auc"),
    Task.MULTILABEL: ("accuracy", "exact_match", "f1", "log_loss", "roc_auc"),
    Task.REGRESSION: ("rmse", "mae", "r2"),
}
_OF_LOSS: dict[str, tuple[MetricName, ...]] = {"coral": ("quadratic_kappa",), "corn": ("quadratic_kappa",)}


def usual(task: Task, loss: str) -> tuple[MetricName, ...]:
    """Those of the task, then those that only this loss gives or that belong to it."""
    own = tuple(name for name, metric in METRICS.items() if metric.loss == loss)
    return (*_USUAL[task], *own, *_OF_LOSS.get(loss, ()))


def wanted(metrics: str | Sequence[str], monitor: str, task: Task, loss: str) -> tuple[str, ...]:
    """What a finished model is measured by: `metrics` ("auto": the usual ones), and `monitor` if it is a metric."""
    names = usual(task, loss) if isinstance(metrics, str) else tuple(metrics)
    return names if monitor in ("loss", *names) else (*names, monitor)


def misfit(name: MetricName, task: Task | None, loss: str) -> str | None:
    """What is wrong with the metric for a target of this task (None: not known yet) and a network trained with this
    loss, as a sentence with the nearest name that would be right."""
    metric = METRICS[name]
    if task is not None and task not in metric.tasks:
        of = " or ".join(metric.tasks)
        fitting = [other for other, each in METRICS.items() if task in each.tasks and each.loss in ("", loss)]
        return f"{name} is of {of}, the target is {task.value}; {remedy(name, fitting)}"
    if metric.loss not in ("", loss):
        return f"{name} needs what only loss={metric.loss} gives; the loss is {loss}"
    return None
