"""Losses of numbers."""

import math

from torch import Tensor
from torch.nn import functional as F

from src.losses.row_loss import RowLoss
from src.spec import OutputSpec
from src.units import to_standard


class ErrorLoss(RowLoss):
    """Of the error in standard units of the target: squared, absolute, Huber's (Huber 1964) or log(cosh(error)); of
    several targets the mean."""

    def __init__(self, name: str, output: OutputSpec, delta: float = 1.0) -> None:
        super().__init__()
        self.name, self.delta = name, delta
        self.output = output

    def target(self, y: Tensor) -> Tensor:
        return to_standard(y, self.output)

    def mean(self, logits: Tensor, target: Tensor) -> Tensor:
        return self._error(logits, target, "mean")

    def rows(self, logits: Tensor, target: Tensor) -> Tensor:
        return self._error(logits, target, "none").mean(1)

    def _error(self, logits: Tensor, target: Tensor, reduction: str) -> Tensor:
        match self.name:
            case "mse":
                return F.mse_loss(logits, target, reduction=reduction)
            case "mae":
                return F.l1_loss(logits, target, reduction=reduction)
            case "log_cosh":
                each = _log_cosh((logits - target).abs())
                return each.mean() if reduction == "mean" else each
            case _:
                return F.huber_loss(logits, target, reduction=reduction, delta=self.delta)


def _log_cosh(error: Tensor) -> Tensor:
    """Of numbers from 0; never overflows, as cosh does from 90."""
    return error + F.softplus(-2 * error) - math.log(2)
