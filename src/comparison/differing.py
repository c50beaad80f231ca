"""What several configurations do not have in common."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from src.config.config import WITHOUT_EFFECT
from src.config.suggest import LONGEST, shown

ABSENT = "-"


def differing(configs: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Key, like `optimizer.lr`, → its value in each of the configurations, as text: only where they are not all the
    same, and without what changes no result. `-` stands where a configuration has no such key."""
    flat = [dict(_leaves({key: config[key] for key in config if key not in WITHOUT_EFFECT})) for config in configs]
    keys = dict.fromkeys(key for each in flat for key in each)
    values = {key: [_text(each[key]) if key in each else ABSENT for each in flat] for key in keys}
    return {key: each for key, each in values.items() if len({*each}) > 1}


def _leaves(config: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in config.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def _text(value: Any) -> str:
    return value if isinstance(value, str) and len(value) <= LONGEST else shown(value)
