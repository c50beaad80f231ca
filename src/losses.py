"""Losses by name. Each is a sum over rows divided by a weight, so that parts of a batch add up to the whole."""

from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from src.errors import ConfigError
from src.spec import OutputSpec
from src.task import Task


class RowLoss(nn.Module, ABC):
    """Base: `forward` gives the mean over the rows of `logits` float32 [n, d_out]."""

    @abstractmethod
    def target(self, y: Tensor) -> Tensor:
        """What the loss compares with, made once for all rows from `y` (class index int64 or value float64) [n]."""

    @abstractmethod
    def total(self, logits: Tensor, target: Tensor) -> Tensor:
        """Sum of the rows' losses, each times the row's weight; a scalar."""

    def weight(self, target: Tensor) -> float:
        """Sum of the rows' weights; the mean loss is `total / weight`."""
        return len(target)

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        return self.total(logits, target) / self.weight(target)


class ClassLoss(RowLoss, ABC):
    """Rows weighted by their class, the truth smoothed."""

    class_weights: Tensor | None

    def __init__(self, label_smoothing: float, class_weights: Tensor | None) -> None:
        super().__init__()
        self.label_smoothing = label_smoothing
        self.register_buffer("class_weights", class_weights, persistent=False)

    def weight(self, target: Tensor) -> float:
        return len(target) if self.class_weights is None else self.class_weights[target.long()].sum().item()


class CrossEntropyLoss(ClassLoss):
    """-log softmax(logits)[y], weighted by the class of the row, as in `torch.nn.CrossEntropyLoss`."""

    def target(self, y: Tensor) -> Tensor:
        return y

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        return F.cross_entropy(logits, target, self.class_weights, label_smoothing=self.label_smoothing)

    def total(self, logits: Tensor, target: Tensor) -> Tensor:
        return F.cross_entropy(
            logits, target, self.class_weights, reduction="sum", label_smoothing=self.label_smoothing
        )


class BinaryCrossEntropyLoss(ClassLoss):
    """-log of the probability of the true class, sigmoid(logit) for the second class, weighted by the class."""

    def target(self, y: Tensor) -> Tensor:
        return y.to(torch.float32)

    def total(self, logits: Tensor, target: Tensor) -> Tensor:
        smooth = target * (1 - self.label_smoothing) + 0.5 * self.label_smoothing
        weight = None if self.class_weights is None else self.class_weights[target.long()]
        return F.binary_cross_entropy_with_logits(logits[:, 0], smooth, weight, reduction="sum")


class ErrorLoss(RowLoss):
    """Of the error in standard units of the target: squared, absolute or Huber's (Huber 1964)."""

    def __init__(self, name: str, output: OutputSpec, delta: float = 1.0) -> None:
        super().__init__()
        self.name, self.delta = name, delta
        self.output = output

    def target(self, y: Tensor) -> Tensor:
        return self.output.to_standard(y)

    def total(self, logits: Tensor, target: Tensor) -> Tensor:
        value = logits[:, 0]
        match self.name:
            case "mse":
                return F.mse_loss(value, target, reduction="sum")
            case "mae":
                return F.l1_loss(value, target, reduction="sum")
            case _:
                return F.huber_loss(value, target, reduction="sum", delta=self.delta)


def build(loss: dict[str, Any], output: OutputSpec, y_train: Tensor) -> RowLoss:
    """From the section `loss` as plain values. `y_train` int64 [n] gives the frequencies for balanced weights.

    Raises ConfigError if the loss does not fit the task or the class weights do not fit the classes.
    """
    name = output.task.default_loss if loss["name"] == "auto" else loss["name"]
    if name not in output.task.losses:
        raise ConfigError(
            f"loss={name} does not fit the target {output.target!r}, which is {output.task.value}; "
            f"required: {' or '.join(output.task.losses)}. loss=auto chooses by itself."
        )
    if output.task is Task.REGRESSION:
        return ErrorLoss(name, output, loss.get("delta", 1.0))
    kind = CrossEntropyLoss if output.task is Task.MULTICLASS else BinaryCrossEntropyLoss
    return kind(loss.get("label_smoothing", 0.0), _class_weights(loss.get("class_weights"), output, y_train))


def _class_weights(wanted: str | list[float] | None, output: OutputSpec, y_train: Tensor) -> Tensor | None:
    classes = len(output.classes)
    if wanted is None:
        return None
    if isinstance(wanted, str):  # balanced: rows / (classes * rows of the class) (King & Zeng 2001)
        return len(y_train) / (classes * torch.bincount(y_train, minlength=classes).to(torch.float32))
    if len(wanted) != classes:
        raise ConfigError(
            f"loss.class_weights has {len(wanted)} entries; required: {classes}, one for each class of "
            f"{output.target!r} in this order: {', '.join(output.classes)}"
        )
    return torch.tensor(wanted, dtype=torch.float32)
