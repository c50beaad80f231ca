"""What is calculated after each epoch beside the loss: the task's score, and the metric that is monitored."""

from torch import Tensor

from src.metrics.evaluate import evaluate
from src.monitor import Monitor
from src.outputs import head_of, predicted
from src.spec import OutputSpec
from src.task import Task


def scores(
    logits: Tensor, y: Tensor, output: OutputSpec, row_weight: Tensor | None, monitor: Monitor
) -> dict[str, float]:
    """Name to value over the rows of `logits` float32 [n, d_out] and `y` [n] or [n, targets]: `Task.score`, which takes
    no time, and another metric only if it is monitored."""
    found = {output.task.score: score(logits, y, output, row_weight).item()}
    if monitor.name in ("loss", *found):
        return found
    weight = None if row_weight is None else row_weight.cpu()  # a GPU adds weights up in no order
    measured = evaluate(predicted(logits.cpu(), output), y.cpu(), output, weight, [monitor.name])
    return found | {monitor.name: measured[monitor.name]}  # of several targets the mean


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
