"""What the outputs of a network mean: the head that reads them, by the task and the loss that it was trained with."""

from torch import Tensor

from src.heads.head import Head, Prediction
from src.heads.sigmoid import Labels, TwoClasses
from src.heads.softmax import Softmax
from src.heads.value import Value
from src.spec import OutputSpec
from src.task import Task

_PLAIN: dict[Task, type[Head]] = {
    Task.BINARY: TwoClasses,
    Task.MULTICLASS: Softmax,
    Task.MULTILABEL: Labels,
    Task.REGRESSION: Value,
}


def head_of(output: OutputSpec) -> Head:
    return _PLAIN[output.task](output)


def predicted(logits: Tensor, output: OutputSpec) -> Prediction:
    """Of logits float32 [n, d_out]."""
    return head_of(output).predicted(logits)


def averaged(logits: Tensor, output: OutputSpec) -> Tensor:
    """What several networks answer together: float32 [n, members, d_out] → [n, d_out]; [n, d_out] stays as it is."""
    return logits if logits.ndim == 2 else head_of(output).averaged(logits)
