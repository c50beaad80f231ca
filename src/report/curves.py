"""What scores are worth at every threshold, and whether they are probabilities."""

from dataclasses import dataclass

import torch
from torch import Tensor

from src.report.answered import Answered
from src.task import Task

BINS = 10
_MOST_POINTS = 200


@dataclass(frozen=True)
class Ranked:
    """At each distinct score, from the highest down: rates float64 [k] of the rows with that score or a higher one."""

    threshold: Tensor
    false_positive_rate: Tensor
    recall: Tensor
    precision: Tensor


def ranked(score: Tensor, true: Tensor, weight: Tensor) -> Ranked | None:
    """As `sklearn.metrics.roc_curve` (without its first point) and `precision_recall_curve`; None if all rows are true,
    or none is."""
    thresholds, place = torch.unique(-score, return_inverse=True)
    of_true, of_others = (
        torch.zeros(len(thresholds), dtype=torch.float64).index_add(0, place[rows], weight[rows])
        for rows in (true, ~true)
    )
    hits, misses = of_true.cumsum(0), of_others.cumsum(0)
    if not hits[-1] * misses[-1] > 0:
        return None
    precision = torch.where(hits + misses > 0, hits / (hits + misses), 1.0)
    return Ranked(-thresholds, misses / misses[-1], hits / hits[-1], precision)


def drawn_points(curve: Ranked) -> Tensor:
    """Places on the curve, int64, some 200 at most: both ends, and between them equal ways along the curve."""
    length = (curve.recall.diff().abs() + curve.false_positive_rate.diff().abs()).cumsum(0)
    if len(length) < _MOST_POINTS:
        return torch.arange(len(curve.recall))
    wanted = torch.linspace(0, length[-1].item(), _MOST_POINTS, dtype=torch.float64)
    behind = 1 + torch.searchsorted(length, wanted).clamp_max(len(length) - 1)
    places: Tensor = torch.unique_consecutive(torch.cat([torch.tensor([0]), behind]))
    return places


@dataclass(frozen=True)
class Calibration:
    """By bin of the predicted probability, equally wide, those without rows left out: float64 [bins] each."""

    predicted: Tensor
    """Mean probability."""
    observed: Tensor
    """Weighted share of rows of which it was true."""
    rows: Tensor
    """Weight."""
    effective: Tensor
    """Number of equally weighted rows that say as much."""

    @property
    def error(self) -> float:
        """Expected calibration error (Guo et al. 2017, equation 3)."""
        return ((self.predicted - self.observed).abs() @ self.rows / self.rows.sum()).item()


def calibration(probability: Tensor, true: Tensor, weight: Tensor) -> Calibration:
    """`probability` float64 [n], `true` bool [n]. Bins as those of `sklearn.calibration.calibration_curve`."""
    edges = torch.linspace(0, 1, BINS + 1, dtype=torch.float64)
    place = torch.searchsorted(edges[1:-1].contiguous(), probability.contiguous())

    def summed(values: Tensor) -> Tensor:
        return torch.zeros(BINS, dtype=torch.float64).index_add(0, place, values)

    rows, squares = summed(weight), summed(weight.square())
    there = rows > 0
    predicted, observed = summed(weight * probability) / rows, summed(weight * true) / rows
    return Calibration(predicted[there], observed[there], rows[there], (rows.square() / squares)[there])


def confidence(tested: Answered) -> tuple[Tensor, Tensor, Tensor]:
    """What is calibrated: probability, whether it was true, weight, each [n] (of labels [n * labels]). Of two classes
    that of the second, of several that of the predicted one (Guo et al. 2017), of labels that of each."""
    probability = tested.prediction.probability
    match tested.output.task:
        case Task.BINARY:
            return probability[:, 1], tested.y == 1, tested.weight
        case Task.MULTICLASS:
            # rounding may leave a probability a bit above 1, or the prediction beside the largest
            chosen = probability.gather(1, tested.prediction.point[:, None])[:, 0]
            return chosen.clamp(0, 1), tested.prediction.point == tested.y, tested.weight
    labels = probability.shape[1]
    return probability.reshape(-1), tested.y.reshape(-1) == 1, tested.weight.repeat_interleave(labels)


def histogram(values: Tensor, weight: Tensor, edges: Tensor) -> Tensor:
    """Weight of the rows between each two `edges`, float64 [edges - 1]; what lies beyond counts at the end."""
    place = (torch.searchsorted(edges, values.contiguous(), right=True) - 1).clamp(0, len(edges) - 2)
    return torch.zeros(len(edges) - 1, dtype=torch.float64).index_add(0, place, weight)
