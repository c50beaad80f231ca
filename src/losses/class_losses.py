"""Losses of probabilities: of classes, of which each row has one, and of labels, of which it has any number."""

import torch
from torch import Tensor
from torch.nn import functional as F

from src.losses.row_loss import RowLoss


class CrossEntropyLoss(RowLoss):
    """-log softmax(logits)[y], weighted by the class of the row, as in `torch.nn.CrossEntropyLoss`."""

    def __init__(self, label_smoothing: float = 0.0, class_weights: Tensor | None = None) -> None:
        super().__init__(class_weights)
        self.label_smoothing = label_smoothing

    def target(self, y: Tensor) -> Tensor:
        return y

    def mean(self, logits: Tensor, target: Tensor) -> Tensor:
        return F.cross_entropy(logits, target, self.class_weights, label_smoothing=self.label_smoothing)

    def rows(self, logits: Tensor, target: Tensor) -> Tensor:
        return F.cross_entropy(
            logits, target, self.class_weights, reduction="none", label_smoothing=self.label_smoothing
        )


class BinaryCrossEntropyLoss(RowLoss):
    """-log of the probability of the true class, sigmoid(logit) for the second class, weighted by the class."""

    def __init__(self, label_smoothing: float = 0.0, class_weights: Tensor | None = None) -> None:
        super().__init__(class_weights)
        self.label_smoothing = label_smoothing

    def target(self, y: Tensor) -> Tensor:
        return y.to(torch.float32)

    def mean(self, logits: Tensor, target: Tensor) -> Tensor:
        if self.class_weights is not None:
            return self.total(logits, target) / self.weight(target)
        return F.binary_cross_entropy_with_logits(logits[:, 0], _smoothed(target, self.label_smoothing))

    def rows(self, logits: Tensor, target: Tensor) -> Tensor:
        smooth, weight = _smoothed(target, self.label_smoothing), self.of_class(target)
        return F.binary_cross_entropy_with_logits(logits[:, 0], smooth, weight, reduction="none")


class LabelLoss(RowLoss):
    """The mean over the labels of -log of the probability of the truth, as in `torch.nn.BCEWithLogitsLoss`, with
    its `pos_weight` float32 [labels]: how much more a row that has the label counts in the loss of the label."""

    pos_weight: Tensor | None

    def __init__(self, label_smoothing: float = 0.0, pos_weight: Tensor | None = None) -> None:
        super().__init__()
        self.label_smoothing = label_smoothing
        self.register_buffer("pos_weight", pos_weight, persistent=False)

    def target(self, y: Tensor) -> Tensor:
        return y.to(torch.float32)

    def mean(self, logits: Tensor, target: Tensor) -> Tensor:
        smooth = _smoothed(target, self.label_smoothing)
        return F.binary_cross_entropy_with_logits(logits, smooth, pos_weight=self.pos_weight)

    def rows(self, logits: Tensor, target: Tensor) -> Tensor:
        smooth = _smoothed(target, self.label_smoothing)
        return F.binary_cross_entropy_with_logits(logits, smooth, pos_weight=self.pos_weight, reduction="none").mean(1)


def _smoothed(target: Tensor, share: float) -> Tensor:
    return target * (1 - share) + 0.5 * share if share else target
