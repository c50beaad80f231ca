"""The prepared data: tensors by part, what was fitted, and the facts about it; saved as tensors and JSON."""

import json
import mmap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from src import atomic
from src.data.features import Features
from src.data.part import Part, checksum, read_part
from src.data.split import PARTS
from src.errors import MachineError

FORMAT = 5
STATE = "prepared.json"
_MAPPED = 16 << 20  # bytes of a file from which on it is not read but mapped into memory


@dataclass(frozen=True)
class Prepared:
    """`parts` has the keys train, validation and test; `facts` is JSON-able."""

    features: Features
    parts: dict[str, Part]
    facts: dict[str, Any]

    def save(self, folder: Path) -> None:
        """Writes a file for each part and prepared.json, the same bytes for the same data. Raises MachineError."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            written = {name: part.write(part_file(folder, name)) for name, part in self.parts.items()}
            write_state(folder, self.features, self.facts, written)
        except OSError as error:
            raise MachineError(f"{folder}: prepared data cannot be written there: {error.strerror}") from None

    @classmethod
    def load(cls, folder: Path, verify: bool = True) -> "Prepared":
        """Large files are mapped into memory. `verify`: compares checksums, which reads all of them.

        Raises MachineError if a file is missing or not as it was saved.
        """
        try:
            state = json.loads((folder / STATE).read_bytes())
            if state["format"] != FORMAT:
                raise MachineError(f"{folder} has the format {state['format']}, {FORMAT} is read; prepare it again")
            if state.pop("sha256") != atomic.json_digest(state):
                raise MachineError(f"{folder / STATE} is damaged, its checksum is another; prepare it again")
            parts = {name: _read(part_file(folder, name), state["parts"][name] if verify else None) for name in PARTS}
            return cls(Features.from_dict(state["features"]), parts, state["facts"])
        except OSError as error:
            raise MachineError(f"{error.filename}: no prepared data ({error.strerror}); prepare it first") from None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise MachineError(f"{folder} holds damaged prepared data ({error}); prepare it again") from None


def part_file(folder: Path, part: str) -> Path:
    return folder / f"{part}.safetensors"


def write_state(folder: Path, features: Features, facts: dict[str, Any], written: dict[str, int]) -> None:
    """prepared.json; `written`: the checksum of each part's file."""
    state = {"format": FORMAT, "parts": written, "facts": facts, "features": features.to_dict()}
    atomic.write_json(folder / STATE, state | {"sha256": atomic.json_digest(state)})


def _read(path: Path, written: int | None) -> Part:
    with path.open("rb") as file:
        if written is not None and checksum(file) != written:
            raise MachineError(f"{path} is damaged, its checksum is another; prepare it again")
        if path.stat().st_size >= _MAPPED:
            return read_part(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        file.seek(0)
        return read_part(bytearray(file.read()))
