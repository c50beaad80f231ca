"""Numeric embeddings by name: a vector in the place of each number of the table."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from src.models.pbld import Pbld
from src.models.periodic import Periodic
from src.models.piecewise_linear import PiecewiseLinear

Embedding = Periodic | Pbld | PiecewiseLinear
"""float32 [n, columns] → [n, columns, d_embedding]."""

NONE: Mapping[str, Any] = MappingProxyType({"name": "none"})

_CLASSES: dict[str, type[Embedding]] = {"periodic": Periodic, "pbld": Pbld, "piecewise_linear": PiecewiseLinear}


def embedding_of(columns: int, section: Mapping[str, Any]) -> Embedding | None:
    """From the section `numeric_embedding` as plain values; None if it is `none` or there is nothing to embed."""
    if columns == 0 or section["name"] == "none":
        return None
    return _CLASSES[section["name"]](columns, **{key: value for key, value in section.items() if key != "name"})
