"""What the network does to each number, fitted on train rows: filling, logarithm, center and scale, or quantiles."""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from src.config.dataset import Dataset
from src.errors import DataError

_LEAST_SPREAD = 1e-6  # of the values; float32 has steps of 6e-8 of a value, below this they become visible
_MOST_QUANTILES = 1000

Numbers = NDArray[np.float64]


def fit_scaling(train: pl.Series, dataset: Dataset) -> dict[str, Any]:
    """The fields log, center, scale and quantiles of `InputSpec` for one input, Float64 with a value at least.

    Raises DataError for values that 32 bits cannot tell apart.
    """
    values, log = _present(train), train.name in dataset.log
    seen = signed_log(values) if log else values
    center, scale = center_scale(seen, dataset.scale)
    is_deviation = dataset.scale == "standard" and not log
    _check_spread(train.name, values, scale if is_deviation else float(values.std()))
    found = {"log": log, "center": center, "scale": scale}
    return found | ({"quantiles": quantiles(seen, len(train))} if dataset.scale == "quantile" else {})


def center_scale(values: Numbers, how: str) -> tuple[float, float]:
    """In float64; a constant column gets the scale 1.

    robust: median and distance of the quartiles; where these are equal, half the range (RealMLP: Holzmüller et al.,
    "Better by default", 2024, which then clips smoothly: x / sqrt(1 + (x/3)²)).
    """
    low, high = float(values.min()), float(values.max())
    match how:
        case "standard":
            return (float(values.mean()), float(values.std())) if low < high else (low, 1.0)
        case "minmax":
            return low, high - low or 1.0
        case "robust":
            first, median, third = (float(each) for each in np.quantile(values, (0.25, 0.5, 0.75)))
            return median, third - first or (high - low) / 2 or 1.0
    return 0.0, 1.0


def quantiles(values: Numbers, rows: int) -> tuple[float, ...]:
    """In equal steps of probability: as many as there are train rows, at least 2, at most 1000."""
    steps = np.linspace(0, 1, max(2, min(_MOST_QUANTILES, rows)))
    found: list[float] = np.maximum.accumulate(np.quantile(values, steps)).tolist()
    return tuple(found)


def filling(column: pl.Series, how: str | float) -> float:
    """What replaces a missing number, in the units of the column: `how` itself, or this statistic of the values there
    are (of equally frequent ones the smallest)."""
    values = _present(column)
    match how:
        case "median":
            median = pl.Series(values).median()  # the same number as numpy's in a quarter of its time
            assert isinstance(median, float)
            return median
        case "mean":
            return float(np.mean(values))
        case "most_frequent":
            distinct, counts = np.unique(values, return_counts=True)
            return float(distinct[np.argmax(counts)])
    return float(how)


def _present(column: pl.Series) -> Numbers:
    return column.drop_nulls().to_numpy()


def signed_log(values: Numbers) -> Numbers:
    return np.sign(values) * np.log1p(np.abs(values))


def _check_spread(name: str, values: Numbers, spread: float) -> None:
    """`spread`: the standard deviation; of a constant column any number."""
    low, high = values.min(), values.max()
    if low < high and spread < _LEAST_SPREAD * max(abs(low), abs(high)):
        raise DataError(
            f"column {name!r} spreads by {spread:.2g} around {values.mean():.10g}, too little for 32-bit "
            f'numbers; derive the difference: "{name} - {values.mean():.0f}"'
        )
