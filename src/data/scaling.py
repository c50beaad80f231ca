"""What the network does to each number, fitted on train rows: filling, logarithm, center and scale, or quantiles."""

import math
from typing import Any

import numpy as np

from src.config.dataset import Dataset
from src.data.median import Numbers, Stretches, median
from src.errors import DataError

_LEAST_SPREAD = 1e-6  # of the values; float32 has steps of 6e-8 of a value, below this they become visible
_MOST_QUANTILES = 1000


def fit_scaling(name: str, values: Stretches, rows: int, dataset: Dataset) -> dict[str, Any]:
    """The fields log, center, scale and quantiles of `InputSpec` for one input, of which there are `values` in some of
    the `rows` train rows.

    Raises DataError for values that 32 bits cannot tell apart.
    """
    log = name in dataset.log
    seen = [signed_log(each) for each in values] if log else values
    center, scale = center_scale(seen, dataset.scale)
    is_deviation = dataset.scale == "standard" and not log
    _check_spread(name, values, *((center, scale) if is_deviation else mean_deviation(values)))
    found = {"log": log, "center": center, "scale": scale}
    return found | ({"quantiles": quantiles(np.concatenate(seen), rows)} if dataset.scale == "quantile" else {})


def center_scale(values: Stretches, how: str) -> tuple[float, float]:
    """In float64; a constant column gets the scale 1.

    robust: median and distance of the quartiles; where these are equal, half the range (RealMLP: Holzmüller et al.,
    "Better by default", 2024, which then clips smoothly: x / sqrt(1 + (x/3)²)).
    """
    match how:
        case "standard":
            return mean_deviation(values) if _varies(values) else (float(values[0][0]), 1.0)
        case "minmax":
            low, high = _ends(values)
            return low, high - low or 1.0
        case "robust":
            quartiles = np.quantile(np.concatenate(values), (0.25, 0.5, 0.75))
            first, middle, third = (float(each) for each in quartiles)
            low, high = _ends(values)
            return middle, third - first or (high - low) / 2 or 1.0
    return 0.0, 1.0


def mean_deviation(values: Stretches) -> tuple[float, float]:
    """Mean and standard deviation."""
    mean, squares = _mean(values), 0.0
    for each in values:
        difference = each - mean
        difference *= difference
        squares += float(difference.sum())
    return mean, math.sqrt(squares / sum(map(len, values)))


def quantiles(values: Numbers, rows: int) -> tuple[float, ...]:
    """In equal steps of probability: as many as there are train rows, at least 2, at most 1000."""
    steps = np.linspace(0, 1, max(2, min(_MOST_QUANTILES, rows)))
    found: list[float] = np.maximum.accumulate(np.quantile(values, steps)).tolist()
    return tuple(found)


def filling(values: Stretches, how: str | float) -> float:
    """What replaces a missing number, in the units of the column: `how` itself, or this statistic of the values there
    are (of equally frequent ones the smallest)."""
    match how:
        case "median":
            return median(values)
        case "mean":
            return _mean(values)
        case "most_frequent":
            distinct, counts = np.unique(np.concatenate(values), return_counts=True)
            return float(distinct[np.argmax(counts)])
    return float(how)


def signed_log(values: Numbers) -> Numbers:
    return np.sign(values) * np.log1p(np.abs(values))


def _mean(values: Stretches) -> float:
    return sum(float(each.sum()) for each in values) / sum(map(len, values))


def _ends(values: Stretches) -> tuple[float, float]:
    return min(float(each.min()) for each in values), max(float(each.max()) for each in values)


def _varies(values: Stretches) -> bool:
    return any(bool((each != values[0][0]).any()) for each in values)


def _check_spread(name: str, values: Stretches, mean: float, deviation: float) -> None:
    """`mean` and `deviation`: of a constant column any numbers."""
    if deviation >= _LEAST_SPREAD * (abs(mean) + deviation * math.sqrt(sum(map(len, values)))):
        return  # for no value lies further from the mean than √n deviations, and to look for the largest takes longer
    if _varies(values) and deviation < _LEAST_SPREAD * max(map(abs, _ends(values))):
        raise DataError(
            f"column {name!r} spreads by {deviation:.2g} around {mean:.10g}, too little for 32-bit "
            f'numbers; derive the difference: "{name} - {mean:.0f}"'
        )
