"""Files that are there whole or not at all, also after a power cut."""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from src.errors import MachineError


def write_bytes(path: Path, content: bytes) -> None:
    """Replaces `path` in one step: a temporary file beside it, fsync, rename, fsync of the folder.

    Raises MachineError if the disk is full or the folder cannot be written to; the old file is then still there.
    """
    write_blocks(path, [content])


def write_blocks(path: Path, blocks: Iterable[bytes]) -> None:
    """The same for bytes that come one after another; if the iterator raises, the old file is still there."""
    with replacing(path) as file:
        file.writelines(blocks)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `path` at the end of the block; if that raises, nothing has changed.

    Raises MachineError as `write_bytes` does.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise MachineError(
            f"{path} could not be written: {error.strerror}. What was there before is unchanged; free space or choose "
            f"another folder."
        ) from None
    finally:
        with contextlib.suppress(OSError):  # not there any more, or never was
            temporary.unlink()
    with contextlib.suppress(OSError):  # not every file system can; the file itself is whole and on the disk
        _sync_folder(path.parent)


def write_json(path: Path, value: Any) -> None:
    """UTF-8, keys in the given order, no NaN (JSON has none)."""
    write_bytes(path, (json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode())


def read_json(path: Path, remedy: str = "Restore it.") -> dict[str, Any]:
    """Raises MachineError, with the remedy, if it is not there or damaged."""
    try:
        content: dict[str, Any] = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise MachineError(f"{path} is damaged ({error}). {remedy}") from None
    return content


def json_digest(value: Any) -> str:
    """SHA-256 of a JSON-able value, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
