"""What every kind of column can do: turn its cells into inputs of the network, with what it learned of train rows."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

Numbers = NDArray[np.float64] | NDArray[np.float32]


@dataclass(frozen=True)
class Encoder(ABC):
    """Immutable, its fields JSON-able. `name`: the column that it encodes.

    Each kind has a `fit`, which takes the cells of the train rows, typed as `Columns.extract` gives them, at least one
    of them not null, and what the configuration says about such columns.
    """

    kind: ClassVar[str]
    name: str

    @abstractmethod
    def note(self, count: int) -> str:
        """A sentence on so many cells that the training met nothing like."""

    def to_dict(self) -> dict[str, Any]:
        return {"kind": self.kind, **asdict(self)}


class NumberEncoder(Encoder):
    """A column that becomes one or more numbers."""

    @abstractmethod
    def numbers(self, column: pl.Series) -> Mapping[str, Numbers]:
        """[n] for each input, NaN where missing; the names do not depend on the cells."""

    @abstractmethod
    def odd(self, column: pl.Series) -> int:
        """How many cells of rows to predict are unlike all that the training met."""

    def replacement(self, how: str | float) -> str | float:
        """`how` of the configuration, for this kind: a statistic of the train rows or a number."""
        return how


class CodeEncoder(Encoder):
    """A column that becomes an index among known values."""

    @property
    @abstractmethod
    def cardinality(self) -> int:
        """Number of indices."""

    @abstractmethod
    def codes(self, column: pl.Series) -> NDArray[np.int64]:
        """int64 [n]: 0 for a value that is not known, 1 for a missing one, then the known ones."""

    @abstractmethod
    def odd(self, codes: NDArray[np.int64]) -> int:
        """How many of the `codes` stand for values that the training never met."""
