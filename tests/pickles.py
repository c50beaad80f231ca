"""Looks for pickles by what files hold, whatever they are called."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path


def pickles(folder: Path) -> list[str]:
    """Of all files below, and of what lies in those that are zips."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return [name for path in files for name in _pickles(str(path.relative_to(folder)), path.read_bytes())]


def _pickles(name: str, content: bytes) -> Iterator[str]:
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                yield from _pickles(f"{name}/{member}", archive.read(member))
    # protocols 2 to 5 begin so, and every pickle ends with its STOP
    elif name.endswith((".pkl", ".pickle")) or (content[:2] in PROTOCOLS and content.endswith(b".")):
        yield name


PROTOCOLS = tuple(bytes([0x80, protocol]) for protocol in range(2, 6))
