"""What every kind of split can do: share rows out among parts, and set a fold aside.

Rows are indices, int32 or int64, 0-based. A stream is the seed and further numbers, each stream with random numbers of
its own.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.random import PCG64
from numpy.typing import NDArray

from src.machine import cores

Index = NDArray[np.integer[Any]]
Stream = tuple[int, ...]

_MANY = 100_000  # rows, which several threads work on
_STRETCH = 1 << 16  # rows


class Kind(ABC):
    """Both methods are functions of their arguments alone. Raise DataError if there are too few rows."""

    @abstractmethod
    def cut(self, index: Index, fractions: Sequence[float], stream: Stream) -> list[Index]:
        """One piece of the rows `index` for each fraction, none empty; the fractions add up to 1."""

    @abstractmethod
    def fold(self, index: Index, folds: int, number: int, stream: Stream) -> tuple[Index, Index]:
        """Fold `number`, counted from 0, as the second of the two; the rows to learn from as the first."""


def everything(rows: int) -> Index:
    """0 to rows - 1, in 32 bits where these do: the larger half of what splitting many rows takes."""
    return np.arange(rows, dtype=np.int32 if rows < 2**31 else np.int64)


def ascending(index: Index, n: int) -> Index:
    """In the order of the table; `n`: rows of the table."""
    if (index[1:] > index[:-1]).all():
        return index
    there = np.zeros(n, np.bool_)  # to sort them so takes a fifth of the time
    there[index] = True
    return everything(n)[there]


def counts_of(numbers: NDArray[np.integer[Any]], least: int) -> NDArray[np.int64]:
    """How often each number from 0 on is there, `least` of them at least."""
    found = np.zeros(max(least, int(numbers.max()) + 1 if len(numbers) else 0), np.int64)
    for begin in range(0, len(numbers), _STRETCH):  # bincount makes 64 bits of all that it is given
        found += np.bincount(numbers[begin : begin + _STRETCH], minlength=len(found))
    return found


def in_threads(work: Callable[[int], None], pieces: Iterable[int], n: int) -> None:
    """`work` for each of the pieces of `n` rows, several at a time if these are many."""
    with ThreadPoolExecutor(cores() if n > _MANY else 1) as threads:
        list(threads.map(work, pieces))


def random_numbers(n: int, stream: Stream) -> NDArray[np.uint64]:
    """[n], little-endian."""
    # Raw bits, because NumPy promises the same ones in every version, which it does not for shuffles.
    return PCG64(list(stream)).random_raw(n).astype("<u8", copy=False)


def shuffled(index: Index, stream: Stream) -> Index:
    """In the order of random numbers, one for each row; equal ones as they were."""
    # Sorted in 16 stretches, by the leading bits of the numbers: half of the memory, several at a time.
    numbers = random_numbers(len(index), stream)
    leading = numbers.view(np.uint8)[7::8] >> 4
    ends = np.cumsum(np.bincount(leading, minlength=16))
    order = np.empty_like(index)

    def sort(bits: int) -> None:
        here = np.flatnonzero(leading == bits)
        order[ends[bits] - len(here) : ends[bits]] = index[here[np.argsort(numbers[here], kind="stable")]]

    in_threads(sort, range(16), len(index))
    return order


def one_and_the_rest(pieces: Sequence[Index], number: int) -> tuple[Index, Index]:
    """All pieces but one, and that one."""
    return np.concatenate([piece for other, piece in enumerate(pieces) if other != number]), pieces[number]
