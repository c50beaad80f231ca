"""Metrics of labels, of which a row may have any number: means over the labels, each counting the same."""

import torch
from torch import Tensor

from src.heads.head import Prediction
from src.metrics import hits, ranking
from src.metrics.measure import Measure, mean

_LEAST = torch.finfo(torch.float64).eps


def log_loss(prediction: Prediction, y: Tensor, weight: Tensor | None) -> float:
    """Natural logarithm."""
    of_truth = torch.where(y == 1, prediction.probability, 1 - prediction.probability)
    return 0 - mean(of_truth.clamp_min(_LEAST).log().mean(1), weight)  # 0, not -0, where all is right


def _scored(prediction: Prediction, y: Tensor) -> ranking.Pairs:
    return list(zip(prediction.places, (y == 1).T, strict=True))


def _chosen(prediction: Prediction, y: Tensor) -> hits.Pairs:
    return list(zip((prediction.point == 1).T, (y == 1).T, strict=True))


MEASURES: dict[str, Measure] = {
    "accuracy": lambda p, y, weight: mean((p.point == y).double().mean(1), weight),
    "exact_match": lambda p, y, weight: mean((p.point == y).all(1).double(), weight),
    "precision": lambda p, y, weight: hits.precision(_chosen(p, y), weight),
    "recall": lambda p, y, weight: hits.recall(_chosen(p, y), weight),
    "f1": lambda p, y, weight: hits.f1(_chosen(p, y), weight),
    "log_loss": log_loss,
    "brier": lambda p, y, weight: mean((p.probability - y).square().mean(1), weight),
    "roc_auc": lambda p, y, weight: ranking.roc_auc(_scored(p, y), weight),
    "average_precision": lambda p, y, weight: ranking.average_precision(_scored(p, y), weight),
}
