"""The metric that is shown after each epoch beside the loss: `Task.score`."""

from torch import Tensor

from src.outputs import head_of
from src.spec import OutputSpec
from src.task import Task


def score(logits: Tensor, y: Tensor, output: OutputSpec, row_weight: Tensor | None = None) -> Tensor:
    """Over the rows of `logits` float32 [n, d_out] and `y` [n] or [n, targets], weighted; a scalar.

    accuracy: share of the rows, or of all labels, that are predicted right; rmse: in units of the target, of several
    the mean over the targets. The same numbers as `src.metrics` gives.
    """
    point = head_of(output).point(logits)
    match output.task:
        case Task.REGRESSION:
            return _mean((point - y).square(), row_weight).sqrt().mean()
        case Task.MULTILABEL:
            return _mean((point == y).double().mean(1), row_weight)
        case _:
            return _mean((point == y).double(), row_weight)


def _mean(values: Tensor, row_weight: Tensor | None) -> Tensor:
    """Over the rows."""
    if row_weight is None:
        return values.mean(0)
    weight = row_weight.double()
    return weight @ values / weight.sum()
