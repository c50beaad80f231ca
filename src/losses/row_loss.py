"""What every loss is: a sum over rows divided by their weight, so that parts of a batch add up to the whole."""

from abc import ABC, abstractmethod

from torch import Tensor, nn

_NOTHING = 1e-30  # in place of 0, which nothing can be divided by


class RowLoss(nn.Module, ABC):
    """Base: `forward` gives the weighted mean over the rows of `logits` float32 [n, d_out].

    A row counts `class_weights[class]` (float32 [classes], None: 1), times its `row_weight` (float32 [n], from
    `dataset.weight`, None: 1).
    """

    class_weights: Tensor | None
    label_smoothing = 0.0
    """Share of the truth that is spread evenly over all classes or answers, where there are any."""

    def __init__(self, class_weights: Tensor | None = None) -> None:
        super().__init__()
        self.register_buffer("class_weights", class_weights, persistent=False)

    @abstractmethod
    def target(self, y: Tensor) -> Tensor:
        """What the loss compares with, made once for all rows from `y`: class index int64 or value float64 [n], or
        labels int64 or values float64 [n, targets]."""

    @abstractmethod
    def rows(self, logits: Tensor, target: Tensor) -> Tensor:
        """The loss of each row, times the weight of its class; float32 [n]."""

    @abstractmethod
    def mean(self, logits: Tensor, target: Tensor) -> Tensor:
        """Their sum, divided by that of the weights of their classes; a scalar. What a step of a small network costs
        is the number of calls, so this is as few as possible."""

    def of_class(self, target: Tensor) -> Tensor | None:
        """Weight of each row's class, [n]; None if all are 1."""
        return None if self.class_weights is None else self.class_weights[target.long()]

    def total(self, logits: Tensor, target: Tensor, row_weight: Tensor | None = None) -> Tensor:
        """Sum of the rows' losses, each times its weights; a scalar."""
        rows = self.rows(logits, target)
        return rows.sum() if row_weight is None else rows @ row_weight

    def weight(self, target: Tensor, row_weight: Tensor | None = None) -> Tensor | float:
        """Sum of the rows' weights; the mean loss is `total / weight`, 0 where no row counts. If it depends on more
        than their number it is a tensor, for which nobody has to wait."""
        each = self.of_class(target)
        if row_weight is not None:
            each = row_weight if each is None else each * row_weight
        return len(target) if each is None else each.sum().clamp_min(_NOTHING)

    def forward(self, logits: Tensor, target: Tensor, row_weight: Tensor | None = None) -> Tensor:
        if row_weight is None:
            return self.mean(logits, target)
        return self.total(logits, target, row_weight) / self.weight(target, row_weight)
