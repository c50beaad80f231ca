"""What every kind of split can do: share rows out among parts, and set a fold aside.

Rows are indices, int64, 0-based. A stream is the seed and further numbers, each stream with random numbers of its own.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]
Stream = tuple[int, ...]


class Kind(ABC):
    """Both methods are functions of their arguments alone. Raise DataError if there are too few rows."""

    @abstractmethod
    def cut(self, index: Index, fractions: Sequence[float], stream: Stream) -> list[Index]:
        """One piece of the rows `index` for each fraction, none empty; the fractions add up to 1."""

    @abstractmethod
    def fold(self, index: Index, folds: int, number: int, stream: Stream) -> tuple[Index, Index]:
        """Fold `number`, counted from 0, as the second of the two; the rows to learn from as the first."""


def shuffled(index: Index, stream: Stream) -> Index:
    # Raw bits, because NumPy promises the same ones in every version, which it does not for shuffles.
    return index[np.argsort(np.random.PCG64(list(stream)).random_raw(len(index)), kind="stable")]


def one_and_the_rest(pieces: Sequence[Index], number: int) -> tuple[Index, Index]:
    """All pieces but one, and that one."""
    return np.concatenate([piece for other, piece in enumerate(pieces) if other != number]), pieces[number]
