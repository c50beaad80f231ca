"""Probabilities that are as large as the frequencies: by a temperature, or by rising curves."""

import torch
from torch import Tensor

from src.spec import OutputSpec
from src.task import Task

_LEAST = torch.finfo(torch.float64).tiny  # keeps logarithms finite
_SMALLEST_REST = torch.finfo(torch.float64).eps / 2  # of 1 - p, which is rounded


def calibrated(probability: Tensor, output: OutputSpec) -> Tensor:
    """float64 [n, classes] or [n, labels], before and after."""
    if output.post_hoc.curves:
        return _by_curves(probability, output)
    temperature = torch.tensor(output.post_hoc.temperature, dtype=torch.float64, device=probability.device)
    if output.task is Task.MULTILABEL:
        return torch.sigmoid(logit(probability) / temperature)
    return torch.softmax(log(probability) / temperature, 1)


def log(probability: Tensor) -> Tensor:
    """Of classes: up to what is the same for all classes of a row, these are logits."""
    return probability.clamp_min(_LEAST).log()


def logit(probability: Tensor) -> Tensor:
    """Of labels."""
    return log(probability) - (1 - probability).clamp_min(_SMALLEST_REST).log()


def _by_curves(probability: Tensor, output: OutputSpec) -> Tensor:
    curves = output.post_hoc.curves
    if output.task is Task.BINARY:
        second = along(curves[0], probability[:, 1])
        return torch.stack([1 - second, second], 1)
    each = torch.stack([along(curve, probability[:, j]) for j, curve in enumerate(curves)], 1)
    if output.task is Task.MULTILABEL:
        return each
    total = each.sum(1, keepdim=True)
    return torch.where(total > 0, each / torch.where(total > 0, total, 1.0), 1 / len(curves))


def along(curve: tuple[tuple[float, ...], tuple[float, ...]], x: Tensor) -> Tensor:
    """The curve at x [n]: lines between its knots, constant beyond the first and the last.

    (`torch.searchsorted`, which takes less memory, has no counterpart in ONNX.)
    """
    knots, values = (torch.tensor(each, dtype=torch.float64, device=x.device) for each in curve)
    last = len(knots) - 1
    if last == 0:
        return values.expand_as(x)
    right = (x[:, None] > knots).sum(1).clamp(1, last)
    low, high = knots[right - 1], knots[right]
    share = ((x - low) / (high - low)).clamp(0, 1)
    return torch.lerp(values[right - 1], values[right], share)
