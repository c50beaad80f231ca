"""Losses of classes in an order, by the thresholds between neighbours; logits float32 [n, classes - 1]."""

import torch
from torch import Tensor
from torch.nn import functional as F

from src.losses.row_loss import RowLoss


class CoralLoss(RowLoss):
    """The sum over the thresholds of -log of the probability to be on the right side (Cao et al. 2020, equation 4)."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.thresholds = classes - 1

    def target(self, y: Tensor) -> Tensor:
        """Whether a row lies above each threshold, float32 [n, classes - 1]."""
        return (y[:, None] > torch.arange(self.thresholds)).float()

    def rows(self, logits: Tensor, target: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(logits, target, reduction="none").sum(1)

    def mean(self, logits: Tensor, target: Tensor) -> Tensor:
        return self.thresholds * F.binary_cross_entropy_with_logits(logits, target)


class CornLoss(RowLoss):
    """The mean over the questions of -log of the probability of the right answer (Shi et al. 2021, equation 5).

    A row is asked about each threshold up to the first that it does not lie above, so one of a higher class counts as
    more questions.
    """

    thresholds: Tensor

    def __init__(self, classes: int) -> None:
        super().__init__(class_weights=torch.arange(1, classes + 1).clamp_max(classes - 1).float())
        self.register_buffer("thresholds", torch.arange(classes - 1), persistent=False)

    def target(self, y: Tensor) -> Tensor:
        return y

    def rows(self, logits: Tensor, target: Tensor) -> Tensor:
        above = target[:, None] - self.thresholds  # 1 and more: above it; 0: the first that it is not above
        asked = (above >= 0).to(logits.dtype)
        return F.binary_cross_entropy_with_logits(logits, (above > 0).to(logits.dtype), asked, reduction="none").sum(1)

    def mean(self, logits: Tensor, target: Tensor) -> Tensor:
        return self.total(logits, target) / self.weight(target)
