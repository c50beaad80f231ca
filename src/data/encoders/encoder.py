"""What every kind of column can do: learn its train values, and turn cells into inputs of the network."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Encoder(ABC):
    """Immutable, its fields JSON-able. `name`: the column that it encodes."""

    kind: ClassVar[str]
    name: str

    @classmethod
    @abstractmethod
    def fit(cls, train: pl.Series) -> Self:
        """From the cells of the train rows, typed as `Columns.extract` gives them, at least one of them not null."""

    def to_dict(self) -> dict[str, Any]:
        return {"kind": self.kind, **asdict(self)}


class NumberEncoder(Encoder):
    """A column that becomes one or more numbers."""

    @abstractmethod
    def numbers(self, column: pl.Series) -> Mapping[str, Numbers]:
        """float64 [n] for each input, NaN where missing; the names do not depend on the cells."""


class CodeEncoder(Encoder):
    """A column that becomes an index among known values."""

    @property
    @abstractmethod
    def cardinality(self) -> int:
        """Number of indices."""

    @abstractmethod
    def codes(self, column: pl.Series) -> NDArray[np.int64]:
        """int64 [n]: 0 for a value never seen in training, 1 for a missing one, then the known ones."""
