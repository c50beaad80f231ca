"""The prepared data: tensors by part, what was fitted, and the facts about it; saved as tensors and JSON."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from src import atomic
from src.data.features import Features
from src.data.split import PARTS
from src.errors import MachineError

_FORMAT = 1
_KEYS = ("x_num", "x_cat", "y", "row")
_TENSORS, _STATE = "tensors.safetensors", "prepared.json"


@dataclass(frozen=True)
class Part:
    """Rows of one part, in file order.

    x_num float32 [n, d_num], NaN where missing, in raw units; x_cat int64 [n, d_cat]; y int64 [n] class index, or
    float64 [n] value in the target's units; row int64 [n], 1-based number of the data row in the file.
    """

    x_num: Tensor
    x_cat: Tensor
    y: Tensor
    row: Tensor

    def __len__(self) -> int:
        return len(self.row)


@dataclass(frozen=True)
class Prepared:
    """`parts` has the keys train, validation and test; `facts` is JSON-able."""

    features: Features
    parts: dict[str, Part]
    facts: dict[str, Any]

    def save(self, folder: Path) -> None:
        """Writes tensors.safetensors and prepared.json, the same bytes for the same data. Raises MachineError."""
        tensors = {f"{name}.{key}": tensor for name, part in self.parts.items() for key, tensor in vars(part).items()}
        content = save(tensors)
        state = {
            "format": _FORMAT,
            "tensors": hashlib.sha256(content).hexdigest(),
            "facts": self.facts,
            "features": self.features.to_dict(),
        }
        try:
            folder.mkdir(parents=True, exist_ok=True)
            atomic.write_bytes(folder / _TENSORS, content)
            atomic.write_json(folder / _STATE, state)
        except OSError as error:
            raise MachineError(f"{folder}: prepared data cannot be written there: {error.strerror}") from None

    @classmethod
    def load(cls, folder: Path) -> "Prepared":
        """Raises MachineError if a file is missing or not as it was saved."""
        try:
            content, state = (folder / _TENSORS).read_bytes(), json.loads((folder / _STATE).read_bytes())
            if state["format"] != _FORMAT:
                raise MachineError(f"{folder} has the format {state['format']}, {_FORMAT} is read; prepare it again")
            if hashlib.sha256(content).hexdigest() != state["tensors"]:
                raise MachineError(f"{folder / _TENSORS} is damaged, its checksum is another; prepare it again")
            tensors = load(content)
            parts = {part: Part(**{key: tensors[f"{part}.{key}"] for key in _KEYS}) for part in PARTS}
            return cls(Features.from_dict(state["features"]), parts, state["facts"])
        except OSError as error:
            raise MachineError(f"{error.filename}: no prepared data ({error.strerror}); prepare it first") from None
        except (ValueError, KeyError, TypeError, SafetensorError) as error:
            raise MachineError(f"{folder} holds damaged prepared data ({error}); prepare it again") from None
