"""A column of names, codes or yes/no, as texts."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from src.data.encoders.encoder import CodeEncoder
from src.data.kinds import in_order
from src.errors import DataError

if TYPE_CHECKING:
    from src.config.categories import Categories

UNSEEN, MISSING, _FIRST = 0, 1, 2


@dataclass(frozen=True)
class Categorical(CodeEncoder):
    """`vocabulary`: the train values that are known one by one, sorted; `rare`: how many more there are, which count as
    unseen; `filling`: what replaces a missing cell (None: nothing does)."""

    kind: ClassVar[str] = "categorical"
    vocabulary: tuple[str, ...]
    rare: int = 0
    filling: str | None = None

    @classmethod
    def fit(cls, train: pl.Series, missing: str = "own", categories: "Categories | None" = None) -> Self:
        """`missing`: own, most_frequent (of equally frequent ones the first in order) or a category.

        Raises DataError if all values are rare.
        """
        least, most = (categories.min_count, categories.max_values) if categories else (1, None)
        frequent = _by_frequency(train)
        filling = {"own": None, "most_frequent": next(iter(frequent))}.get(missing, missing)
        if filling is not None and train.null_count():
            frequent = _by_frequency(train.fill_null(filling))
        known = [value for value, count in frequent.items() if count >= least][:most]
        if not known:
            raise DataError(
                f"column {train.name!r}: no value occurs in {least} train rows; leave the column out or "
                "lower dataset.categories.min_count"
            )
        vocabulary = tuple(in_order(pl.Series(known)))
        return cls(train.name, vocabulary, len(frequent) - len(known), filling)

    @property
    def cardinality(self) -> int:
        return _FIRST + len(self.vocabulary)

    def codes(self, column: pl.Series) -> NDArray[np.int64]:
        if self.filling is not None:
            column = column.fill_null(self.filling)
        places = range(_FIRST, self.cardinality)
        known = column.replace_strict(list(self.vocabulary), list(places), default=UNSEEN, return_dtype=pl.Int64)
        return known.set(column.is_null(), MISSING).to_numpy()

    def odd(self, codes: NDArray[np.int64]) -> int:
        return len(codes) - int(np.count_nonzero(codes))

    def note(self, count: int) -> str:
        had = "no train row had, or too few," if self.rare else "no train row had"
        return f"{self.name} has a category that {had} in {count} row(s)"


def _by_frequency(column: pl.Series) -> dict[str, int]:
    """Value to number of rows, the most frequent first, equally frequent ones in order."""
    counts = dict(column.drop_nulls().value_counts().iter_rows())
    return {value: counts[value] for value in sorted(in_order(column), key=lambda value: -counts[value])}
