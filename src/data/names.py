"""Column names that are asked for and not there."""

from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from unicodedata import normalize

import polars as pl

from src.errors import DataError

_SHOWN = 30
_LONGEST = 60  # characters of a name or a cell in a sentence


def composed_name(name: str) -> str:
    """In Unicode's composed form (NFC): the same word is one name, however its file writes it. Raises DataError for a
    name like ^a$, which Polars takes for a pattern of names."""
    if name.startswith("^") and name.endswith("$"):
        raise DataError(f"the column name {shortened(name)!r} begins with ^ and ends with $; rename the column")
    return normalize("NFC", name)


def with_composed_names(table: pl.DataFrame) -> pl.DataFrame:
    """Raises DataError if two columns have one name then."""
    names = [composed_name(name) for name in table.columns]
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise DataError(f"two columns are called {twice[0]!r}, in two Unicode forms; rename one")
    return table if names == table.columns else table.rename(dict(zip(table.columns, names, strict=True)))


def absent(wanted: Iterable[str], present: Sequence[str]) -> str:
    """One sentence on all names of `wanted` that are not in `present`, each with the nearest; "" if all are there."""
    missing = [name for name in dict.fromkeys(wanted) if name not in present]
    if not missing:
        return ""
    return f"no column {', '.join(_with_nearest(name, present) for name in missing)}; there are: {listed(present)}"


def listed(names: Sequence[str], shown: int = _SHOWN) -> str:
    """The names, comma-separated; the end of a long list is counted instead."""
    begin = ", ".join(map(shortened, names[:shown]))
    return f"{begin} and {len(names) - shown} more" if len(names) > shown else begin or "none"


def shortened(text: str, longest: int = _LONGEST) -> str:
    """As it stands in a sentence: so many characters of a name or a cell at most."""
    return text if len(text) <= longest else f"{text[:longest]}…"


def _with_nearest(name: str, present: Sequence[str]) -> str:
    by_lower = {other.strip().lower(): other for other in reversed(present)}
    near = get_close_matches(name.strip().lower(), by_lower, n=1, cutoff=0.6)
    return f"{name!r} (did you mean {by_lower[near[0]]!r}?)" if near else repr(name)
