"""All kinds of encoders, by name."""

from collections.abc import Mapping
from typing import Any

from src.data.encoders.categorical import Categorical
from src.data.encoders.encoder import Encoder
from src.data.encoders.numeric import Numeric

ENCODERS: dict[str, type[Encoder]] = {each.kind: each for each in (Numeric, Categorical)}


def encoder_from_dict(state: Mapping[str, Any]) -> Encoder:
    """Inverse of `Encoder.to_dict`. Raises KeyError or TypeError for a state that is none."""
    fields = {key: tuple(value) if isinstance(value, list) else value for key, value in state.items() if key != "kind"}
    return ENCODERS[state["kind"]](**fields)
