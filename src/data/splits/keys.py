"""By a key: the part of a row is a hash of its key and the seed, so it does not matter what other rows there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import polars as pl

from src.data.kinds import texts
from src.data.rows import Rows
from src.data.splits.complete import complete
from src.data.splits.kind import Index, Kind, Stream, one_and_the_rest
from src.errors import DataError

_SEPARATOR = "\x1f"  # between two columns of a key: a control character that no table has


@dataclass(frozen=True)
class Keys(Kind):
    """`key` String [n]. Rows with the same key stay together; the fractions are met on average."""

    key: pl.Series

    @classmethod
    def of(cls, columns: Sequence[pl.Series], rows: Rows) -> "Keys":
        """Raises DataError for rows without a key."""
        parts = [texts(complete(column, rows)) for column in columns]
        return cls(pl.DataFrame(parts).select(pl.concat_str(pl.all(), separator=_SEPARATOR)).to_series())

    def cut(self, index: Index, fractions: Sequence[float], stream: Stream) -> list[Index]:
        number = np.searchsorted(np.cumsum(fractions)[:-1], self._places(index, stream), side="right")
        pieces = [index[number == part] for part in range(len(fractions))]
        if not all(map(len, pieces)):
            raise DataError(
                f"dataset.split.key: the {len(index)} rows have so few keys ({self.key[index].n_unique()}) that one of "
                f"{len(fractions)} parts got none; add rows, or take another dataset.split.seed"
            )
        return pieces

    def fold(self, index: Index, folds: int, number: int, stream: Stream) -> tuple[Index, Index]:
        return one_and_the_rest(self.cut(index, [1 / folds] * folds, stream), number)

    def _places(self, index: Index, stream: Stream) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Each row's place in [0, 1), evenly spread over the keys. Costs 1 microsecond for each distinct key."""
        start = blake2b("/".join(map(str, stream)).encode() + b"\0", digest_size=7)
        keys = self.key[index]
        distinct = keys.unique()
        places = np.empty(len(distinct))
        for row, key in enumerate(distinct):
            hash = start.copy()
            hash.update(key.encode())
            places[row] = int.from_bytes(hash.digest()) / 2**56
        return keys.replace_strict(distinct, places, return_dtype=pl.Float64).to_numpy()
