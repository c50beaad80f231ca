"""Rows in pieces by the size of a number, for which they need not be sorted."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def piece_of_each(values: NDArray[Any], sizes: Sequence[int], chance: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """uint8 [n], the piece of each row: 0 for the `sizes[0]` lowest of `values` [n], 1 for the next ones and so on, as
    if the rows were sorted. Of equal values those with the lowest `chance` [n] come first, then those that stand first.

    At most 256 pieces, their sizes add up to n.
    """
    piece = np.zeros(len(values), np.uint8)
    borders = np.cumsum(sizes)[:-1]
    borders = borders[borders < len(values)]
    for border, value in zip(borders, np.partition(values, borders)[borders], strict=True):
        above = values > value
        equal = np.flatnonzero(values == value)
        lower = border - (len(values) - np.count_nonzero(above) - len(equal))
        above[equal[np.argsort(chance[equal], kind="stable")[lower:]]] = True
        piece += above
    return piece
