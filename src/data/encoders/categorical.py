"""A column of names, codes or yes/no, as texts."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from src.data.encoders.encoder import CodeEncoder
from src.data.kinds import in_order

UNSEEN, MISSING, _FIRST = 0, 1, 2


@dataclass(frozen=True)
class Categorical(CodeEncoder):
    """`vocabulary`: the sorted train values."""

    kind: ClassVar[str] = "categorical"
    vocabulary: tuple[str, ...]

    @classmethod
    def fit(cls, train: pl.Series) -> Self:
        return cls(train.name, tuple(in_order(train)))

    @property
    def cardinality(self) -> int:
        return _FIRST + len(self.vocabulary)

    def codes(self, column: pl.Series) -> NDArray[np.int64]:
        places = range(_FIRST, self.cardinality)
        known = column.replace_strict(list(self.vocabulary), list(places), default=UNSEEN, return_dtype=pl.Int64)
        return known.set(column.is_null(), MISSING).to_numpy()
