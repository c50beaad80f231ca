"""The median of many numbers, without sorting or copying them all."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

Stretches = Sequence[Numbers]
"""Many numbers in arrays that the processor's cache holds, none of them empty."""

_MANY = 1 << 18
_SAMPLE = 1 << 15
_DEVIATIONS = 5  # of the median's place in a random sample


def median(stretches: Stretches) -> float:
    """Of many, a sample tells two numbers between which the median should lie: those below are counted, the few between
    are looked through. Where it does not lie there, since the values have an order, all are; the median is the same."""
    n = sum(map(len, stretches))
    if n >= _MANY:
        low, high = _around(stretches, n)
        below, found = 0, list[Numbers]()
        for each in stretches:
            outside = each < low
            below += int(np.count_nonzero(outside))
            outside |= each > high
            found.append(each[~outside])
        between = np.concatenate(found)
        first, last = (n - 1) // 2 - below, n // 2 - below
        if first >= 0 and last < len(between):
            return _median(np.partition(between, (first, last))[first : last + 1])
    return _median(np.concatenate(stretches))


def _around(stretches: Stretches, n: int) -> tuple[float, float]:
    sample = np.concatenate([each[:: n // _SAMPLE] for each in stretches])
    middle, far = len(sample) // 2, int(_DEVIATIONS * len(sample) ** 0.5 / 2)
    parted = np.partition(sample, (middle - far, middle + far))
    return parted[middle - far], parted[middle + far]


def _median(values: Numbers) -> float:
    found = pl.Series(values).median()  # the same number as numpy's in a quarter of its time
    assert isinstance(found, float)
    return found
