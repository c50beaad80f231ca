"""Section `dataset.categories`: which values of categorical columns are known to the network one by one."""

from typing import Annotated

from pydantic import Field

from src.config.section import Section


class Categories(Section):
    """The others count as one value, the same as one that no train row has: what is learned of the rare ones holds for
    the unseen ones."""

    min_count: Annotated[int, Field(ge=1)] = 1
    """Train rows that a value must have."""
    max_values: Annotated[int, Field(ge=1)] | None = None
    """The most frequent values of each column, at most; null: all."""
