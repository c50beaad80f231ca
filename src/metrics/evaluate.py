"""How good predictions are. Names as in scikit-learn and torchmetrics; a metric that is undefined is left out.

With weights, a row counts as in scikit-learn's `sample_weight`.
"""

from collections.abc import Sequence

from torch import Tensor

from src.config.metric import usual
from src.heads.head import Prediction
from src.metrics import classes, coverage, labels, numbers
from src.metrics.measure import Measure
from src.spec import OutputSpec
from src.task import Task


def evaluate(
    prediction: Prediction,
    y: Tensor,
    output: OutputSpec,
    weight: Tensor | None = None,
    names: Sequence[str] | None = None,
) -> dict[str, float]:
    """`y`: class index or value [n], labels or values [n, targets]; `weight` [n] of the rows; `names` as in
    `src.config.metric` and `src.metrics.coverage`, None: the usual ones of the task.

    Of several numbers the means over the targets, then each as <name>_<target>.
    """
    weight = None if weight is None else weight.double()
    names = usual(output.task, output.head) if names is None else names
    if output.task is Task.REGRESSION and len(output.targets) > 1:
        return _defined(_of_several(prediction, y, output.targets, weight, names))
    measures = _MEASURES[output.task]
    return _defined({name: measures[name](prediction, y, weight) for name in names})


def _of_several(
    prediction: Prediction, y: Tensor, targets: Sequence[str], weight: Tensor | None, names: Sequence[str]
) -> dict[str, float | None]:
    each = []
    for j, truth in enumerate(y.T):
        beside = {name: values[:, j] for name, values in prediction.beside.items()}
        one = Prediction(prediction.point[:, j], beside=beside)
        each.append({name: _MEASURES[Task.REGRESSION][name](one, truth, weight) for name in names})
    means = {name: _mean([found[name] for found in each]) for name in names}
    return means | {f"{name}_{t}": found[name] for t, found in zip(targets, each, strict=True) for name in names}


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if len(known) == len(values) else None


def _defined(metrics: dict[str, float | None]) -> dict[str, float]:
    return {name: value for name, value in metrics.items() if value is not None}


_MEASURES: dict[Task, dict[str, Measure]] = {
    Task.BINARY: classes.MEASURES | coverage.OF_SETS,
    Task.MULTICLASS: classes.MEASURES | coverage.OF_SETS,
    Task.MULTILABEL: labels.MEASURES,
    Task.REGRESSION: numbers.MEASURES | coverage.OF_INTERVALS,
}
