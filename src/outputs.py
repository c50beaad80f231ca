"""What the outputs of a network mean: probabilities, or values between the network's units and the target's own."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from src.spec import OutputSpec
from src.task import Task

_FARTHEST = 1e-7  # probability that the smallest and the largest quantile stand for, as in scikit-learn


def predicted(logits: Tensor, output: OutputSpec) -> Tensor:
    """From float32 [n, d_out] to float64: probabilities [n, classes] (binary: both) or [n, labels]; or values, [n] of
    one target, [n, targets] of several."""
    match output.task:
        case Task.REGRESSION:
            return from_standard(logits, output)
        case Task.MULTILABEL:
            return torch.sigmoid(logits.double())
        case Task.BINARY:
            wide = logits.double()
            return torch.cat([torch.sigmoid(-wide), torch.sigmoid(wide)], dim=1)
        case Task.MULTICLASS:
            return torch.softmax(logits.double(), dim=1)


def averaged(logits: Tensor, output: OutputSpec) -> Tensor:
    """What several networks answer together: float32 [n, members, d_out] → [n, d_out]; [n, d_out] stays as it is.

    The logits of the mean of their probabilities, or the mean of their values in the network's units.
    """
    if logits.ndim == 2:
        return logits
    members = math.log(logits.shape[1])
    match output.task:
        case Task.REGRESSION:
            return logits.mean(1)
        case Task.MULTICLASS:
            return torch.log_softmax(logits, dim=2).logsumexp(1) - members
        case _:  # log(p) - log(1 - p), each from logarithms, which do not round 1 - p to 0
            return F.logsigmoid(logits).logsumexp(1) - F.logsigmoid(-logits).logsumexp(1)


def to_standard(y: Tensor, output: OutputSpec) -> Tensor:
    """Values float64 [n] or [n, targets] → float32 [n, targets] in the units that the network works in."""
    value = y.reshape(len(y), len(output.targets))
    if output.quantiles:
        return _to_normal(value, _like(output.quantiles, value)).float()
    if output.log:
        value = value.sign() * value.abs().log1p()
    if output.center:
        value = (value - _like(output.center, value)) / _like(output.scale, value)
    return value.float()


def from_standard(standard: Tensor, output: OutputSpec) -> Tensor:
    """The inverse: float32 [n, targets] → float64 in units of the targets, [n] if there is one."""
    value = standard.double()
    if output.quantiles:
        value = _from_normal(value, _like(output.quantiles, value))
    if output.center:
        value = value * _like(output.scale, value) + _like(output.center, value)
    if output.log:
        value = value.sign() * value.abs().expm1()
    return value.squeeze(1) if len(output.targets) == 1 else value


def _like(numbers: tuple[float, ...] | tuple[tuple[float, ...], ...], values: Tensor) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64, device=values.device)


def _to_normal(value: Tensor, quantiles: Tensor) -> Tensor:
    """[n, k] to their places in the standard normal distribution; `quantiles` [k, q] belong to the probabilities 0 to
    1 in equal steps, with lines between them, as in scikit-learn's QuantileTransformer.

    A value that several quantiles share gets the middle of their places. What lies beyond the ends counts as the ends.
    """
    last = quantiles.shape[1] - 1
    values = torch.minimum(torch.maximum(value.T, quantiles[:, :1]), quantiles[:, -1:]).contiguous()
    first, behind = (torch.searchsorted(quantiles, values, right=right) for right in (False, True))
    right = behind.clamp(1, last)
    low, high = quantiles.gather(1, right - 1), quantiles.gather(1, right)
    place = torch.where(first < behind, (first + behind - 1) / 2, right - 1 + (values - low) / (high - low))
    z: Tensor = torch.special.ndtri((place / last).clamp(_FARTHEST, 1 - _FARTHEST))
    return z.T


def _from_normal(z: Tensor, quantiles: Tensor) -> Tensor:
    """The inverse; nothing lies beyond the smallest and the largest quantile."""
    last = quantiles.shape[1] - 1
    place: Tensor = torch.special.ndtr(z.T) * last
    left = place.long().clamp(0, last - 1)
    low, high = quantiles.gather(1, left), quantiles.gather(1, left + 1)
    return (low + (high - low) * (place - left)).T
