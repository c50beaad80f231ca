"""Values in units of the target, and in those that a network works in."""

import torch
from torch import Tensor

from src.spec import OutputSpec

_FARTHEST = 1e-7  # probability that the smallest and the largest quantile stand for, as in scikit-learn


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
