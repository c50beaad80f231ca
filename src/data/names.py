"""Column names that are asked for and not there."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

_SHOWN = 30


def absent(wanted: Iterable[str], present: Sequence[str]) -> str:
    """One sentence on all names of `wanted` that are not in `present`, each with the nearest; "" if all are there."""
    missing = [name for name in dict.fromkeys(wanted) if name not in present]
    if not missing:
        return ""
    return f"no column {', '.join(_with_nearest(name, present) for name in missing)}; there are: {listed(present)}"


def listed(names: Sequence[str], shown: int = _SHOWN) -> str:
    """The names, comma-separated; the end of a long list is counted instead."""
    begin = ", ".join(names[:shown])
    return f"{begin} and {len(names) - shown} more" if len(names) > shown else begin or "none"


def _with_nearest(name: str, present: Sequence[str]) -> str:
    by_lower = {other.strip().lower(): other for other in reversed(present)}
    near = get_close_matches(name.strip().lower(), by_lower, n=1, cutoff=0.6)
    return f"{name!r} (did you mean {by_lower[near[0]]!r}?)" if near else repr(name)
