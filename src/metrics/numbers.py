"""Metrics of one number, in units of the target."""

import math

import torch
from torch import Tensor

from src.heads.head import Prediction
from src.metrics.measure import Measure, mean

_LEAST = torch.finfo(torch.float64).eps  # in place of a divisor of 0, as in scikit-learn


def r2(prediction: Prediction, y: Tensor, weight: Tensor | None) -> float | None:
    """Share of the variance that is explained; None if the rows that count have all the same value."""
    counting = y if weight is None else y[weight > 0]
    if counting.min() == counting.max():
        return None
    spread = mean((y - mean(y, weight)).square(), weight)
    return 1 - mean((prediction.point - y).square(), weight) / spread


def median_absolute_error(prediction: Prediction, y: Tensor, weight: Tensor | None) -> float:
    """Weighted: the error below which half the weight lies, in the middle of two if it lies between them."""
    errors, order = (prediction.point - y).abs().sort()
    weights = torch.ones_like(errors) if weight is None else weight[order]
    errors, below = errors[weights > 0], weights[weights > 0].cumsum(0)
    half = below[-1] / 2
    first = int(torch.searchsorted(below, half))
    last = first if below[first] - half > _LEAST else min(first + 1, len(errors) - 1)
    return ((errors[first] + errors[last]) / 2).item()


def pinball(prediction: Prediction, y: Tensor, weight: Tensor | None) -> float:
    """Mean over the levels of the mean pinball loss (Koenker & Bassett 1978)."""
    losses = []
    for name, value in prediction.beside.items():
        if not name.startswith("q"):
            continue  # an end of an interval
        level, error = float(name.removeprefix("q")), y - value
        losses.append(mean(torch.maximum(level * error, (level - 1) * error), weight))
    return sum(losses) / len(losses)


def crps(prediction: Prediction, y: Tensor, weight: Tensor | None) -> float:
    """Continuous ranked probability score of a normal distribution (Gneiting & Raftery 2007, equation 21)."""
    std = prediction.beside["std"]
    z = (y - prediction.point) / std
    density = torch.exp(-z.square() / 2) / math.sqrt(2 * math.pi)
    return mean(std * (z * (2 * torch.special.ndtr(z) - 1) + 2 * density - 1 / math.sqrt(math.pi)), weight)


def poisson_deviance(prediction: Prediction, y: Tensor, weight: Tensor | None) -> float:
    """Twice the log-likelihood that is missing to that of a rate which equals each count."""
    rate = prediction.point.clamp_min(_LEAST)  # 0 only where the network says less than float64 can hold
    return 2 * mean(torch.xlogy(y, y / rate) - y + rate, weight)


MEASURES: dict[str, Measure] = {
    "rmse": lambda p, y, weight: mean((p.point - y).square(), weight) ** 0.5,
    "mse": lambda p, y, weight: mean((p.point - y).square(), weight),
    "mae": lambda p, y, weight: mean((p.point - y).abs(), weight),
    "median_absolute_error": median_absolute_error,
    "mape": lambda p, y, weight: mean((p.point - y).abs() / y.abs().clamp_min(_LEAST), weight),
    "r2": r2,
    "pinball": pinball,
    "crps": crps,
    "poisson_deviance": poisson_deviance,
}
