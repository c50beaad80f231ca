"""How far a number of the test rows may lie from that of other rows of the same kind."""

import math
from collections.abc import Mapping, Sequence
from statistics import NormalDist

import numpy as np
import torch
from torch import Tensor

from src.comparison.paired import Interval, percentiles
from src.config.metric import METRICS
from src.metrics.coverage import OF_INTERVALS, OF_SETS
from src.metrics.evaluate import evaluate
from src.report.answered import Answered
from src.report.resampled import resampled

MOST_ROWS = 5_000
"""Of more, the bag of little bootstraps (Kleiner et al. 2014, "A scalable bootstrap for massive data") takes one bag:
so many rows by chance, of which each resample draws as many as there are in all."""

_AT_ONCE = 1_000_000  # weights of rows in memory at once
_MOST_WORK = 50_000_000  # rows times classes times resamples; beyond it there are fewer resamples, at least
_LEAST_RESAMPLES = 100
_METRICS = {*METRICS, *OF_SETS, *OF_INTERVALS}
"""Without those of single targets, which come with them."""


def of_metrics(tested: Answered, measured: Mapping[str, float], resamples: int, level: float) -> dict[str, Interval]:
    """Percentile intervals over resamples of the rows, always the same ones ("An Introduction to the Bootstrap", Efron
    & Tibshirani 1993, section 13.3). `measured`: on the rows themselves, of several numbers also name_target."""
    bag, names = tested.sample(MOST_ROWS), [name for name in measured if name in _METRICS]
    of_bag = measured if bag is tested else evaluate(bag.prediction, bag.y, bag.output, bag.weight, names)
    drawn = drawn_metrics(bag, names, number_of_resamples(tested, resamples), len(tested))
    return {
        name: percentiles(value, (drawn[name] + (value - of_bag.get(name, math.nan))).tolist(), level)
        for name, value in measured.items()
        if name in drawn
    }


def drawn_metrics(bag: Answered, names: Sequence[str], resamples: int, rows: int) -> dict[str, Tensor]:
    """Of each resample of `rows` rows; float64 [resamples]."""
    generator, found = np.random.default_rng(0), list[dict[str, Tensor]]()
    piece = max(1, _AT_ONCE // len(bag))
    for begin in range(0, resamples, piece):
        counts = generator.multinomial(rows, np.full(len(bag), 1 / len(bag)), min(piece, resamples - begin))
        found.append(resampled(bag, names, torch.from_numpy(counts) * bag.weight))
    return {name: torch.cat([each[name] for each in found]) for name in found[0]}


def number_of_resamples(tested: Answered, wanted: int) -> int:
    """That are drawn, of the `wanted` ones."""
    work = min(len(tested), MOST_ROWS) * max(1, len(tested.output.answers), len(tested.output.targets))
    return min(wanted, max(_LEAST_RESAMPLES, _MOST_WORK // work))


def of_share(hits: float, rows: float, level: float) -> Interval:
    """Of the share `hits / rows`, also where it is 0 or 1 or rows are few, where resamples would agree with one another
    (Wilson 1927, "Probable inference"). With weights `rows` is the effective number."""
    z = NormalDist().inv_cdf((1 + level) / 2)
    share = hits / rows
    middle = (share + z * z / (2 * rows)) / (1 + z * z / rows)
    reach = z * math.sqrt(share * (1 - share) / rows + z * z / (4 * rows * rows)) / (1 + z * z / rows)
    low, high = max(0.0, round(middle - reach, 12)), min(1.0, round(middle + reach, 12))  # 0 without rounding errors
    return Interval(share, low, high)


def of_mean(values: Tensor, weight: Tensor, level: float) -> Interval:
    """Of the weighted mean of values float64 [n], n at least 2: that of a normal distribution, with the standard error
    of a ratio, widened for few rows as far as Student's t is (Cornish & Fisher's first terms)."""
    n, share = effective(weight), weight / weight.sum()
    value = (share @ values).item()
    error = math.sqrt((share.square() @ (values - value).square()).item() * n / (n - 1)) if n > 1 else math.inf
    z = NormalDist().inv_cdf((1 + level) / 2)
    t = z + (z**3 + z) / (4 * max(n - 1, 1))
    return Interval(value, value - t * error, value + t * error)


def effective(weight: Tensor) -> float:
    """As how many rows of equal weight these count (Kish 1965)."""
    return (weight.sum().square() / weight.square().sum()).item()
