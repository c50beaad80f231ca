"""The focal loss, of classes."""

import torch
from torch import Tensor
from torch.nn import functional as F

from src.losses.row_loss import RowLoss

_LEAST = 1e-12  # 0 has no gradient for a gamma below 1


class FocalLoss(RowLoss):
    """-(1 - p)**gamma * log(p), p the probability of the true class, weighted by the class (Lin et al. 2017).

    Logits float32 [n, classes], or [n, 1] for two.
    """

    def __init__(self, gamma: float, class_weights: Tensor | None = None) -> None:
        super().__init__(class_weights)
        self.gamma = gamma

    def target(self, y: Tensor) -> Tensor:
        return y

    def mean(self, logits: Tensor, target: Tensor) -> Tensor:
        return self.total(logits, target) / self.weight(target)

    def rows(self, logits: Tensor, target: Tensor) -> Tensor:
        surprise = _cross_entropy(logits, target)
        rows = (-torch.expm1(-surprise)).clamp_min(_LEAST) ** self.gamma * surprise
        weight = self.of_class(target)
        return rows if weight is None else rows * weight


def _cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """-log(p), [n]"""
    if logits.shape[1] == 1:
        return F.binary_cross_entropy_with_logits(logits[:, 0], target.to(logits.dtype), reduction="none")
    return F.cross_entropy(logits, target, reduction="none")
