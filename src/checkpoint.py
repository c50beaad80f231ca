"""Checkpoints: tensors and plain values in one file, read without running code, checked before use."""

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import torch

from src import atomic
from src.errors import MachineError


def write(path: Path, state: dict[str, Any]) -> None:
    """`state` holds tensors, dicts, lists, texts and numbers only. Raises MachineError if it cannot be written."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    atomic.write_bytes(path, buffer.getvalue())


def read(path: Path) -> dict[str, Any]:
    """Onto the CPU. Raises MachineError if the file is missing, damaged or holds anything but tensors and values."""
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()  # torch itself does not look at the checksums
        if damaged is None:
            state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
            return state
        reason = f"the checksum of {damaged} is wrong"
    except (zipfile.BadZipFile, pickle.UnpicklingError, RuntimeError, EOFError, OSError, ValueError, KeyError) as error:
        reason = str(error).splitlines()[0]
    raise MachineError(f"{path} is damaged or no checkpoint ({reason}). Restore the file or start a new run.")
