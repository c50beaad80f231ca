"""A configuration as MLflow's parameters: one text for each dotted key."""

import json
import re
from collections.abc import Iterator
from typing import Any

LONGEST = 6000
"""Characters that MLflow keeps of a parameter."""
_PLAIN = re.compile(r"[A-Za-z_][\w-]{0,99}")


def parameters(config: dict[str, Any]) -> dict[str, str]:
    """All that can make a difference to the result, so without `tracking`: where and under which name a run is recorded
    would stand among the differences between runs."""
    return dict(flatten({key: value for key, value in config.items() if key != "tracking"}))


def flatten(config: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Key and value of every leaf: `model.hidden`, `[10, 10]`. Texts stand as they are, all else as JSON.

    A mapping whose keys the user chose freely (`dataset.derive`) and that MLflow could refuse as names is one leaf.
    """
    for key, value in config.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and value and all(_PLAIN.fullmatch(str(inner)) for inner in value):
            yield from flatten(value, f"{name}.")
        else:
            yield name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def shorten(value: str, longest: int = LONGEST) -> str:
    """At most `longest` characters, with a sign that there were more."""
    return value if len(value) <= longest else f"{value[: longest - 20]} … {len(value)} long"
