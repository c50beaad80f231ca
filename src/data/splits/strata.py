"""Random and stratified: each stratum alone is shared out by largest remainder; random is a single stratum."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from src.data.names import shortened
from src.data.rows import Rows
from src.data.splits.kind import Index, Kind, Stream, counts_of, in_threads, random_numbers, shuffled
from src.data.splits.selection import piece_of_each
from src.data.splits.shares import shares
from src.errors import DataError

_MOST_BINS, _ROWS_OF_A_BIN = 10, 20
_LEAST_ROWS = 10  # of a combination of labels


@dataclass(frozen=True)
class Strata(Kind):
    """`stratum` int [n]: the stratum of every row; `classes`: their names, empty if they need not be in each part."""

    stratum: NDArray[np.integer[Any]]
    rows: Rows
    classes: tuple[str, ...] = ()

    @classmethod
    def single(cls, rows: Rows) -> Self:
        return cls(np.zeros(rows.height, np.int8), rows)

    @classmethod
    def of_labels(cls, y: NDArray[np.int64], rows: Rows) -> Self:
        """Every combination of the labels in `y` [n, k] that at least 10 rows have; the other rows are one stratum."""
        combination = np.zeros(len(y), np.int64)
        for label in y.T:
            combination = np.unique(2 * combination + label, return_inverse=True)[1]
        counts = np.bincount(combination)
        return cls(np.where(counts >= _LEAST_ROWS, np.arange(1, len(counts) + 1), 0)[combination], rows)

    @classmethod
    def of_numbers(cls, y: NDArray[np.float64], rows: Rows, seed: int) -> Self:
        """Quantiles of `y` [n]: ten bins of equal size, fewer if they had less than 20 rows; chance parts equal values.
        Of several numbers, [n, k], quantiles of the mean of their ranks."""
        y = y if y.ndim == 1 else np.argsort(np.argsort(y, axis=0, kind="stable"), axis=0).mean(axis=1)
        bins = max(1, min(_MOST_BINS, len(y) // _ROWS_OF_A_BIN))
        sizes = shares(len(y), [1 / bins] * bins)
        return cls(piece_of_each(y, sizes, random_numbers(len(y), (seed,))), rows)

    def cut(self, index: Index, fractions: Sequence[float], stream: Stream) -> list[Index]:
        stratum = self.stratum[index]
        counts = counts_of(stratum, len(self.classes))
        self._check(counts, len(fractions), f"{len(fractions)} parts", f"{len(fractions)} of each class")
        chance, piece = random_numbers(len(index), stream), np.empty(len(index), np.uint8)

        def share_out(number: int) -> None:
            there = stratum == number
            chances = chance[there]
            piece[there] = piece_of_each(chances, shares(len(chances), fractions), chances)

        in_threads(share_out, np.flatnonzero(counts).tolist(), len(index))
        return [index[np.flatnonzero(piece == number)] for number in range(len(fractions))]

    def fold(self, index: Index, folds: int, number: int, stream: Stream) -> tuple[Index, Index]:
        """Dealt like cards, one stratum after the other, so that no two folds differ by more than one row."""
        least = max(folds, 4 if folds == 2 else 3)  # one for each fold, and then one each for train and validation
        counts = counts_of(self.stratum[index], len(self.classes))
        self._check(counts, least, f"{folds} folds", f"{least} of each class for {folds} folds")
        order = shuffled(index, stream)
        order = order[np.argsort(self.stratum[order], kind="stable")]
        rest = np.arange(len(order)) % folds != number
        return order[rest], order[~rest]

    def _check(self, counts: NDArray[np.int64], least: int, pieces: str, needed: str) -> None:
        """`counts`: rows of each stratum."""
        if counts.sum() < least:
            raise DataError(f"{counts.sum()} rows cannot be split into {pieces}; each part needs one at least")
        for code in np.flatnonzero(counts[: len(self.classes)] < least):
            where = self.rows.listed(pl.Series(self.stratum == code))
            raise DataError(
                f"class {shortened(self.classes[code])!r} has {counts[code]} row{'s' if counts[code] > 1 else ''} "
                f"({where}); a stratified split needs {needed}. Add rows, leave the class out with dataset.where, "
                "use dataset.split.by=random, or dataset.task=regression if the target is a number"
            )
