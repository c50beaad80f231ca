"""Words for a mistake: the value that came, the nearest name that would have been right."""

import difflib
import json
from collections.abc import Iterable

LONGEST = 60


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The most similar of `names` (upper and lower case count as equal); None if nothing is similar."""
    lower = {candidate.lower(): candidate for candidate in names}
    found = difflib.get_close_matches(name.lower(), lower, n=1)
    return lower[found[0]] if found else None


def remedy(name: str, names: Iterable[str]) -> str:
    """`did you mean x?` if something is similar, else all that would have been right."""
    names = sorted(names)
    if found := nearest(name, names):
        return f"did you mean {found}?"
    return f"there are {', '.join(names)}" if names else "there are none"


def shown(value: object) -> str:
    """A value as it is written in YAML (flow style, texts in quotes), at most 60 characters."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
