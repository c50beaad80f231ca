"""Unicode's composed form (NFC): one word is one text, however the editor or the file system wrote it."""

from typing import Any
from unicodedata import normalize


def composed(value: Any) -> Any:
    """Every text in it, also the keys of sections."""
    match value:
        case str():
            return normalize("NFC", value)
        case list():
            return [composed(item) for item in value]
        case dict():
            return {composed(key): composed(item) for key, item in value.items()}
    return value
