"""Checkpoints: tensors and plain values in one file, read without running code, checked before use.

The file is what `torch.save` writes and, behind it, its SHA-256: torch itself looks at no checksum.
"""

import hashlib
import io
import pickle
from pathlib import Path
from typing import Any

import torch

from src import atomic
from src.errors import MachineError

_DIGEST_BYTES = 32


def write(path: Path, state: dict[str, Any]) -> None:
    """`state` holds tensors, dicts, lists, texts and numbers only. Raises MachineError if it cannot be written."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    content = buffer.getvalue()
    atomic.write_bytes(path, content + hashlib.sha256(content).digest())


def read(path: Path) -> dict[str, Any]:
    """Onto the CPU. Raises MachineError if the file is missing, damaged or holds anything but tensors and values."""
    try:
        whole = path.read_bytes()
        content, digest = whole[:-_DIGEST_BYTES], whole[-_DIGEST_BYTES:]
        if hashlib.sha256(content).digest() == digest:
            state: dict[str, Any] = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
            return state
        reason = "its checksum is wrong"
    except OSError as error:
        reason = error.strerror or "unreadable"
    except (pickle.UnpicklingError, RuntimeError, EOFError, LookupError, TypeError, ValueError):
        reason = "it holds something else than tensors and plain values"
    raise MachineError(f"{path} is damaged or no checkpoint ({reason}). Restore the file or start a new run.")
