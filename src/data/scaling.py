"""What the network does to each number, fitted on train rows: filling, logarithm, center and scale, or quantiles."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from src.config.dataset import Dataset
from src.data.median import median
from src.errors import DataError

_LEAST_SPREAD = 1e-6  # of the values; float32 has steps of 6e-8 of a value, below this they become visible
_MOST_QUANTILES = 1000
_STRETCH = 1 << 16  # values

Numbers = NDArray[np.float64]


def fit_scaling(name: str, values: Numbers, rows: int, dataset: Dataset) -> dict[str, Any]:
    """The fields log, center, scale and quantiles of `InputSpec` for one input, of which there are `values` in some of
    the `rows` train rows.

    Raises DataError for values that 32 bits cannot tell apart.
    """
    log = name in dataset.log
    seen = signed_log(values) if log else values
    center, scale = center_scale(seen, dataset.scale)
    is_deviation = dataset.scale == "standard" and not log
    _check_spread(name, values, *((center, scale) if is_deviation else mean_deviation(values)))
    found = {"log": log, "center": center, "scale": scale}
    return found | ({"quantiles": quantiles(seen, rows)} if dataset.scale == "quantile" else {})


def center_scale(values: Numbers, how: str) -> tuple[float, float]:
    """In float64; a constant column gets the scale 1.

    robust: median and distance of the quartiles; where these are equal, half the range (RealMLP: Holzmüller et al.,
    "Better by default", 2024, which then clips smoothly: x / sqrt(1 + (x/3)²)).
    """
    match how:
        case "standard":
            return mean_deviation(values) if _varies(values) else (float(values[0]), 1.0)
        case "minmax":
            return float(values.min()), float(np.ptp(values)) or 1.0
        case "robust":
            first, middle, third = (float(each) for each in np.quantile(values, (0.25, 0.5, 0.75)))
            return middle, third - first or float(np.ptp(values)) / 2 or 1.0
    return 0.0, 1.0


def mean_deviation(values: Numbers) -> tuple[float, float]:
    """Mean and standard deviation, in stretches whose differences from the mean stay in the processor's cache."""
    mean, squares = float(values.mean()), 0.0
    for begin in range(0, len(values), _STRETCH):
        difference = values[begin : begin + _STRETCH] - mean
        difference *= difference
        squares += float(difference.sum())
    return mean, math.sqrt(squares / len(values))


def quantiles(values: Numbers, rows: int) -> tuple[float, ...]:
    """In equal steps of probability: as many as there are train rows, at least 2, at most 1000."""
    steps = np.linspace(0, 1, max(2, min(_MOST_QUANTILES, rows)))
    found: list[float] = np.maximum.accumulate(np.quantile(values, steps)).tolist()
    return tuple(found)


def filling(values: Numbers, how: str | float) -> float:
    """What replaces a missing number, in the units of the column: `how` itself, or this statistic of the values there
    are (of equally frequent ones the smallest)."""
    match how:
        case "median":
            return median(values)
        case "mean":
            return float(np.mean(values))
        case "most_frequent":
            distinct, counts = np.unique(values, return_counts=True)
            return float(distinct[np.argmax(counts)])
    return float(how)


def signed_log(values: Numbers) -> Numbers:
    return np.sign(values) * np.log1p(np.abs(values))


def _check_spread(name: str, values: Numbers, mean: float, deviation: float) -> None:
    """`mean` and `deviation`: of a constant column any numbers."""
    if deviation >= _LEAST_SPREAD * (abs(mean) + deviation * math.sqrt(len(values))):
        return  # for no value lies further from the mean than √n deviations, and to look for the largest takes longer
    if _varies(values) and deviation < _LEAST_SPREAD * float(np.abs(values).max()):
        raise DataError(
            f"column {name!r} spreads by {deviation:.2g} around {mean:.10g}, too little for 32-bit "
            f'numbers; derive the difference: "{name} - {mean:.0f}"'
        )


def _varies(values: Numbers) -> bool:
    stretches = (values[begin : begin + _STRETCH] for begin in range(0, len(values), _STRETCH))
    return any(bool((stretch != values[0]).any()) for stretch in stretches)
