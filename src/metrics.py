"""How good predictions are. Names as in scikit-learn and torchmetrics; a metric that is undefined is left out.

With weights, a row counts as in scikit-learn's `sample_weight`.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from src.spec import OutputSpec
from src.task import Task

_LEAST = torch.finfo(torch.float64).eps  # keeps log finite, as in sklearn.metrics.log_loss


def evaluate(predicted: Tensor, y: Tensor, output: OutputSpec, weight: Tensor | None = None) -> dict[str, float]:
    """`predicted` as `src.outputs.predicted` gives it; `y`: class index or value [n], labels or values [n, targets];
    `weight` [n] of the rows.

    Classes: accuracy, f1 (macro: mean over classes), log_loss (natural logarithm), roc_auc (one class against the rest,
    mean over classes). Labels: accuracy (of single labels), exact_match (rows with all labels right), f1, log_loss and
    roc_auc (means over labels). Numbers, in units of the target: rmse, mae, r2; of several the means over the targets,
    then rmse_<target>, ...
    """
    weight = None if weight is None else weight.double()
    match output.task:
        case Task.REGRESSION:
            return _regression(predicted, y, weight, output.targets)
        case Task.MULTILABEL:
            return _labels(predicted, y, weight)
    return _classes(predicted, y, weight)


def _classes(probability: Tensor, y: Tensor, weight: Tensor | None) -> dict[str, float]:
    chosen = probability.argmax(1)
    classes = range(probability.shape[1])
    metrics = {
        "accuracy": _mean((chosen == y).double(), weight),
        "f1": _f1([(chosen == k, y == k) for k in classes], weight),
        "log_loss": -_mean(probability.gather(1, y[:, None])[:, 0].clamp_min(_LEAST).log(), weight),
        "roc_auc": _roc_auc([(probability[:, k], y == k) for k in classes], weight),
    }
    return _defined(metrics)


def _labels(probability: Tensor, y: Tensor, weight: Tensor | None) -> dict[str, float]:
    truth, chosen = y == 1, probability > 0.5
    right = chosen == truth
    of_truth = torch.where(truth, probability, 1 - probability).clamp_min(_LEAST)
    metrics = {
        "accuracy": _mean(right.double().mean(1), weight),
        "exact_match": _mean(right.all(1).double(), weight),
        "f1": _f1(list(zip(chosen.T, truth.T, strict=True)), weight),
        "log_loss": -_mean(of_truth.log().mean(1), weight),
        "roc_auc": _roc_auc(list(zip(probability.T, truth.T, strict=True)), weight),
    }
    return _defined(metrics)


def _regression(value: Tensor, y: Tensor, weight: Tensor | None, targets: Sequence[str]) -> dict[str, float]:
    each = [_errors(v, t, weight) for v, t in zip(value.reshape(len(y), -1).T, y.reshape(len(y), -1).T, strict=True)]
    if len(each) == 1:
        return _defined(each[0])
    means = {name: _mean_of([found[name] for found in each]) for name in each[0]}
    of_targets = {f"{name}_{t}": found[name] for t, found in zip(targets, each, strict=True) for name in found}
    return _defined(means | of_targets)


def _errors(value: Tensor, y: Tensor, weight: Tensor | None) -> dict[str, float | None]:
    error = value - y
    spread = _mean((y - _mean(y, weight)).square(), weight)
    counting = y if weight is None else y[weight > 0]
    return {
        "rmse": _mean(error.square(), weight) ** 0.5,
        "mae": _mean(error.abs(), weight),
        "r2": 1 - _mean(error.square(), weight) / spread if counting.min() < counting.max() else None,
    }


def _f1(pairs: Sequence[tuple[Tensor, Tensor]], weight: Tensor | None) -> float | None:
    """Mean of 2 tp / (2 tp + fp + fn) over the pairs (chosen, true), each bool [n], in which there is any of them."""
    found = []
    for chosen, true in pairs:
        each = torch.ones(len(true), dtype=torch.float64) if weight is None else weight
        hits, all_of_both = each[chosen & true].sum(), each[chosen].sum() + each[true].sum()
        if all_of_both > 0:
            found.append((2 * hits / all_of_both).item())
    return sum(found) / len(found) if found else None


def _roc_auc(pairs: Sequence[tuple[Tensor, Tensor]], weight: Tensor | None) -> float | None:
    """Mean over the pairs (score, true) of the weighted share of pairs of a true and another row in which the true one
    has the higher score, equal scores counting half (Hanley & McNeil 1982); None if one has only rows of one kind."""
    areas = []
    for score, true in pairs:
        distinct, place = torch.unique(score, return_inverse=True)
        of_true, of_others = (
            torch.bincount(place[rows], None if weight is None else weight[rows], len(distinct)).double()
            for rows in (true, ~true)
        )
        if not of_true.sum() * of_others.sum() > 0:
            return None
        below = of_others.cumsum(0) - of_others / 2
        areas.append((of_true @ below / (of_true.sum() * of_others.sum())).item())
    return sum(areas) / len(areas)


def _mean(values: Tensor, weight: Tensor | None) -> float:
    return (values.mean() if weight is None else values @ weight / weight.sum()).item()


def _mean_of(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if len(known) == len(values) else None


def _defined(metrics: dict[str, float | None]) -> dict[str, float]:
    return {name: value for name, value in metrics.items() if value is not None}
