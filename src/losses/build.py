"""Losses by name."""

from typing import Any

import torch
from torch import Tensor

from src.errors import ConfigError
from src.losses.class_losses import BinaryCrossEntropyLoss, CrossEntropyLoss, LabelLoss
from src.losses.error_loss import ErrorLoss
from src.losses.focal_loss import FocalLoss
from src.losses.gaussian_nll_loss import GaussianNllLoss
from src.losses.ordinal_losses import CoralLoss, CornLoss
from src.losses.poisson_loss import PoissonLoss
from src.losses.quantile_loss import QuantileLoss
from src.losses.row_loss import RowLoss
from src.spec import OutputSpec
from src.task import Task

_SHOWN = 60  # characters of a class in a sentence


def build_loss(loss: dict[str, Any], output: OutputSpec, y_train: Tensor) -> RowLoss:
    """From the section `loss` as plain values; `output` has its head. `y_train` int64 [n] or [n, labels] gives the
    frequencies for balanced weights.

    Raises ConfigError if the loss does not fit the task or the class weights do not fit the classes.
    """
    name = output.task.default_loss if loss["name"] == "auto" else loss["name"]
    if name not in output.task.losses:
        tasks = " or ".join(task for task in Task if name in task.losses)
        raise ConfigError(
            f"loss={name} does not fit the target {output.name!r}, which is {output.task.value}; "
            f"required: {' or '.join(output.task.losses)}. loss=auto chooses by itself. If the target is meant to be "
            f"{tasks}, write it under dataset.task"
        )
    smoothing = loss.get("label_smoothing", 0.0)
    if smoothing and output.task is Task.REGRESSION:
        raise ConfigError(
            f"loss.label_smoothing: {smoothing:g} of the truth cannot be spread over classes or labels, for the target "
            f"{output.name!r} has none, it is regression; set it to 0"
        )
    weights = _class_weights(loss.get("class_weights"), output, y_train)
    match name:
        case "cross_entropy":
            return CrossEntropyLoss(smoothing, weights)
        case "binary_cross_entropy":
            return (LabelLoss if output.task is Task.MULTILABEL else BinaryCrossEntropyLoss)(smoothing, weights)
        case "focal":
            return FocalLoss(loss["gamma"], weights)
        case "coral":
            return CoralLoss(len(output.classes))
        case "corn":
            return CornLoss(len(output.classes))
        case "quantile":
            return QuantileLoss(output)
        case "gaussian_nll":
            return GaussianNllLoss(output)
        case "poisson":
            return PoissonLoss(output)
    return ErrorLoss(name, output, loss.get("delta", 1.0))


def _class_weights(wanted: str | list[float] | None, output: OutputSpec, y_train: Tensor) -> Tensor | None:
    if wanted is None:
        return None
    if isinstance(wanted, str):
        return _balanced(output, y_train)
    if len(wanted) != len(output.answers):
        raise ConfigError(
            f"loss.class_weights has {len(wanted)} entries; required: {len(output.answers)}, one for each "
            f"{'label' if output.task is Task.MULTILABEL else 'class'} of "
            f"{output.name!r} in this order: {', '.join(name[:_SHOWN] for name in output.answers)}"
        )
    return torch.tensor(wanted, dtype=torch.float32)


def _balanced(output: OutputSpec, y_train: Tensor) -> Tensor:
    """rows / (classes * rows of the class) (King & Zeng 2001); of a label: rows without it / rows with it."""
    if output.task is Task.MULTILABEL:
        having = y_train.sum(0).to(torch.float32)
        return (len(y_train) - having) / having
    classes = len(output.classes)
    return len(y_train) / (classes * torch.bincount(y_train, minlength=classes).to(torch.float32))
