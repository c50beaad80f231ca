"""The loss of quantiles."""

import torch
from torch import Tensor

from src.heads.quantile import Quantile
from src.losses.row_loss import RowLoss
from src.spec import OutputSpec
from src.units import to_standard


class QuantileLoss(RowLoss):
    """The pinball loss max(level * error, (level - 1) * error) with error = truth - quantile, in standard units of the
    target (Koenker & Bassett 1978): the mean over levels and targets."""

    levels: Tensor

    def __init__(self, output: OutputSpec) -> None:
        super().__init__()
        self.output, self.head = output, Quantile(output)
        self.register_buffer("levels", torch.tensor(output.levels), persistent=False)

    def target(self, y: Tensor) -> Tensor:
        return to_standard(y, self.output)

    def rows(self, logits: Tensor, target: Tensor) -> Tensor:
        return self._each(logits, target).flatten(1).mean(1)

    def mean(self, logits: Tensor, target: Tensor) -> Tensor:
        return self._each(logits, target).mean()

    def _each(self, logits: Tensor, target: Tensor) -> Tensor:
        """[n, targets, levels]"""
        error = target[..., None] - self.head.quantiles(logits)
        return torch.maximum(self.levels * error, (self.levels - 1) * error)
