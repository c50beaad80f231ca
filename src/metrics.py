"""How good predictions are. Names as in scikit-learn and torchmetrics; a metric that is undefined is left out."""

from typing import Any

import torch
from torch import Tensor
from torchmetrics.functional import (
    auroc,
    f1_score,
    mean_absolute_error,
    mean_squared_error,
)

from src.spec import OutputSpec
from src.task import Task


def evaluate(predicted: Tensor, y: Tensor, output: OutputSpec) -> dict[str, float]:
    """`predicted`: probabilities float64 [n, classes] (binary: both) or values float64 [n]; `y`: class index or value.

    Classification: accuracy, f1 (macro: mean over classes), log_loss (natural logarithm), roc_auc (one class against
    the rest, mean over classes). Regression, in units of the target: rmse, mae, r2.
    """
    if output.task is Task.REGRESSION:
        return _regression(predicted, y)
    return _classification(predicted, y, len(output.classes))


def _classification(probability: Tensor, y: Tensor, classes: int) -> dict[str, float]:
    settings: dict[str, Any] = {"task": "multiclass", "num_classes": classes, "average": "macro"}
    chosen = probability.argmax(1)
    # float64's smallest step keeps log finite, as in sklearn.metrics.log_loss
    of_truth = probability.gather(1, y[:, None]).clamp_min(torch.finfo(torch.float64).eps)
    metrics = {
        "accuracy": (chosen == y).double().mean().item(),
        "f1": f1_score(chosen, y, **settings).item(),
        "log_loss": -of_truth.log().mean().item(),
    }
    if len(torch.bincount(y, minlength=classes).nonzero()) == classes:  # a class without rows has no ROC curve
        metrics["roc_auc"] = float(auroc(probability, y, **settings))  # type: ignore[arg-type]
    return metrics


def _regression(value: Tensor, y: Tensor) -> dict[str, float]:
    metrics = {
        "rmse": mean_squared_error(value, y, squared=False).item(),
        "mae": mean_absolute_error(value, y).item(),
    }
    if y.min() < y.max():  # the share of a variance needs one
        # by hand: torchmetrics subtracts sums of squares, which for values around 1e9 leaves two digits
        metrics["r2"] = 1 - ((value - y).square().sum() / (y - y.mean()).square().sum()).item()
    return metrics
