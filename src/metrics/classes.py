"""Metrics of classes, of which each row has exactly one."""

import torch
from torch import Tensor

from src.heads.head import Prediction
from src.metrics import hits, ranking
from src.metrics.agreement import kappa, mcc, table
from src.metrics.measure import Measure, mean

_LEAST = torch.finfo(torch.float64).eps  # keeps log finite, as in sklearn.metrics.log_loss


def log_loss(prediction: Prediction, y: Tensor, weight: Tensor | None) -> float:
    """Natural logarithm."""
    of_truth = prediction.probability.gather(1, y[:, None])[:, 0]
    return 0 - mean(of_truth.clamp_min(_LEAST).log(), weight)  # 0, not -0, where all is right


def brier(prediction: Prediction, y: Tensor, weight: Tensor | None) -> float:
    """Squared error of the probabilities (Brier 1950): of two classes from 0 to 1, of several their sum, to 2."""
    probability = prediction.probability
    error = (probability - torch.nn.functional.one_hot(y, probability.shape[1])).square()
    return mean(error[:, 1] if probability.shape[1] == 2 else error.sum(1), weight)


def average_precision(prediction: Prediction, y: Tensor, weight: Tensor | None) -> float | None:
    """Of two classes that of the second one, of several the mean."""
    scored = _scored(prediction, y)
    return ranking.average_precision(scored[1:] if len(scored) == 2 else scored, weight)


def _scored(prediction: Prediction, y: Tensor) -> ranking.Pairs:
    return [(place, y == k) for k, place in enumerate(prediction.places)]


def _chosen(prediction: Prediction, y: Tensor) -> hits.Pairs:
    return [(prediction.point == k, y == k) for k in range(prediction.probability.shape[1])]


def _counts(prediction: Prediction, y: Tensor, weight: Tensor | None) -> Tensor:
    return table(prediction.point, y, prediction.probability.shape[1], weight)


MEASURES: dict[str, Measure] = {
    "accuracy": lambda p, y, weight: mean((p.point == y).double(), weight),
    "balanced_accuracy": lambda p, y, weight: hits.recall_of_present(_chosen(p, y), weight),
    "precision": lambda p, y, weight: hits.precision(_chosen(p, y), weight),
    "recall": lambda p, y, weight: hits.recall(_chosen(p, y), weight),
    "f1": lambda p, y, weight: hits.f1(_chosen(p, y), weight),
    "precision_binary": lambda p, y, weight: hits.precision(_chosen(p, y)[1:], weight),
    "recall_binary": lambda p, y, weight: hits.recall(_chosen(p, y)[1:], weight),
    "f1_binary": lambda p, y, weight: hits.f1(_chosen(p, y)[1:], weight),
    "mcc": lambda p, y, weight: mcc(_counts(p, y, weight)),
    "cohen_kappa": lambda p, y, weight: kappa(_counts(p, y, weight)),
    "quadratic_kappa": lambda p, y, weight: kappa(_counts(p, y, weight), quadratic=True),
    "log_loss": log_loss,
    "brier": brier,
    "roc_auc": lambda p, y, weight: ranking.roc_auc(_scored(p, y), weight),
    "average_precision": average_precision,
}
