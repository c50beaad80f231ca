"""How often the truth lies in what is said beside a prediction, and how much that is."""

from torch import Tensor

from src.heads.head import Prediction
from src.metrics.measure import Measure, mean
from src.spec import OutputSpec


def names(output: OutputSpec) -> tuple[str, ...]:
    """Of the metrics of sets, or of intervals; nothing where there are neither."""
    if output.has_sets:
        return (*OF_SETS,)
    return (*OF_INTERVALS,) if "upper" in output.beside else ()


def _in_set(prediction: Prediction, y: Tensor, weight: Tensor | None) -> float | None:
    return None if prediction.sets is None else mean(prediction.sets.gather(1, y[:, None])[:, 0].double(), weight)


def _set_size(prediction: Prediction, _y: Tensor, weight: Tensor | None) -> float | None:
    return None if prediction.sets is None else mean(prediction.sets.sum(1).double(), weight)


def _in_interval(prediction: Prediction, y: Tensor, weight: Tensor | None) -> float:
    inside = (prediction.beside["lower"] <= y) & (y <= prediction.beside["upper"])
    return mean(inside.double(), weight)


def _interval_width(prediction: Prediction, _y: Tensor, weight: Tensor | None) -> float:
    return mean(prediction.beside["upper"] - prediction.beside["lower"], weight)


OF_SETS: dict[str, Measure] = {"coverage": _in_set, "set_size": _set_size}
"""The share of rows whose class is in their set; the mean number of classes in a set."""

OF_INTERVALS: dict[str, Measure] = {"coverage": _in_interval, "interval_width": _interval_width}
"""The share of values within their interval; its mean width, in units of the target."""
