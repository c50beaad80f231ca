"""What the outputs of a network mean: the head that reads them, by the task and the loss that it was trained with."""

from dataclasses import replace
from typing import Any

from torch import Tensor

from src.heads.gaussian import Gaussian
from src.heads.head import Head, Prediction
from src.heads.ordinal import Coral, Corn
from src.heads.poisson import Poisson
from src.heads.quantile import Quantile
from src.heads.sigmoid import Labels, TwoClasses
from src.heads.softmax import Softmax
from src.heads.value import Value
from src.post_hoc.adjust import adjusted
from src.spec import OutputSpec
from src.task import Task

_PLAIN: dict[Task, type[Head]] = {
    Task.BINARY: TwoClasses,
    Task.MULTICLASS: Softmax,
    Task.MULTILABEL: Labels,
    Task.REGRESSION: Value,
}
_OF_LOSSES: dict[str, type[Head]] = {
    "quantile": Quantile,
    "gaussian_nll": Gaussian,
    "poisson": Poisson,
    "coral": Coral,
    "corn": Corn,
}
"""Losses that give what a network says another meaning."""


def with_head(output: OutputSpec, loss: dict[str, Any]) -> OutputSpec:
    """As a network must answer that is trained with `loss`, the section of the configuration as plain values; unchanged
    if the loss asks for nothing of its own, or does not fit the task."""
    if loss["name"] not in _OF_LOSSES or loss["name"] not in output.task.losses:
        return output
    return replace(output, head=loss["name"], levels=tuple(loss.get("levels", ())))


def head_of(output: OutputSpec) -> Head:
    return _PLAIN[output.task](output) if output.head == "plain" else _OF_LOSSES[output.head](output)


def predicted(logits: Tensor, output: OutputSpec) -> Prediction:
    """Of logits float32 [n, d_out], with what was fitted after training, if anything was."""
    return adjusted(head_of(output).predicted(logits), output)


def averaged(logits: Tensor, output: OutputSpec) -> Tensor:
    """What several networks answer together: float32 [n, members, d_out] → [n, d_out]; [n, d_out] stays as it is."""
    return logits if logits.ndim == 2 else head_of(output).averaged(logits)
