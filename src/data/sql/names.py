"""Names of the columns of a query's result."""

from collections import Counter
from collections.abc import Iterable

from src.data.names import composed_name
from src.errors import DataError


def distinct(names: Iterable[str]) -> list[str]:
    """In composed form. Raises DataError for a name that comes twice."""
    found = [composed_name(name) for name in names]
    if twice := [name for name, count in Counter(found).items() if count > 1]:
        raise DataError(f"dataset.query: two columns of the result are called {twice[0]!r}; rename one with AS")
    return found
