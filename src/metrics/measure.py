"""What every metric is made of: the mean over rows, each counting as its weight says."""

from collections.abc import Callable

from torch import Tensor

from src.heads.head import Prediction

Measure = Callable[[Prediction, Tensor, Tensor | None], float | None]
"""(prediction, y, weight float64 [n] or None) → the metric, None where it is undefined."""


def mean(values: Tensor, weight: Tensor | None) -> float:
    """Of float64 [n]; without `weight` all count the same."""
    return (values.mean() if weight is None else values @ weight / weight.sum()).item()
