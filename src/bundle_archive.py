"""A bundle as one file: a zip of its folder, not compressed, the same bytes for the same bundle."""

import hashlib
import io
import zipfile
from pathlib import Path

from src import atomic, custom_code
from src.errors import MachineError

FILES = ("bundle.json", "weights.safetensors", "README.md", "parity.json", custom_code.COPY)
"""All that a bundle may hold; the first two it must."""

_EARLIEST = (1980, 1, 1, 0, 0, 0)  # of a zip
_REMEDY = "Export the bundle again"


def packed(folder: Path) -> bytes:
    """`bundle.json` in it holds its own checksum and that of the weights, as in the folder."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in FILES:
            if (folder / name).exists():
                archive.writestr(zipfile.ZipInfo(name, _EARLIEST), (folder / name).read_bytes())
    return buffer.getvalue()


def unpacked(path: Path, into: Path) -> Path:
    """The folder of the bundle: below `into`, named by the content of the file; unpacked once.

    Raises MachineError for a file that is damaged or no bundle. Only files of a bundle's names are ever written, so no
    name can lead out of the folder, and none is larger than the file that it comes from.
    """
    try:
        content = path.read_bytes()
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if len({*archive.namelist()}) < len(archive.namelist()):
                raise MachineError(f"{path} holds a file twice; nothing was unpacked")
            files = {info.filename: _content(archive, info, path) for info in archive.infolist()}
    except (OSError, zipfile.BadZipFile, EOFError, ValueError) as error:
        raise MachineError(f"{path} is no zip or is damaged ({error}). {_REMEDY}") from None
    if lacking := [name for name in FILES[:2] if name not in files]:
        raise MachineError(f"{path} is no bundle: {lacking[0]} is missing in it. {_REMEDY} (format=bundle)")
    folder = into / hashlib.sha256(content).hexdigest()
    for name, each in files.items():
        if not (folder / name).exists():
            folder.mkdir(parents=True, exist_ok=True)
            atomic.write_bytes(folder / name, each)
    return folder


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> bytes:
    if info.filename not in FILES:
        raise MachineError(f"{path} holds {info.filename!r}, which no bundle has; nothing was unpacked")
    if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1:
        raise MachineError(f"{path}: {info.filename} is compressed or encrypted, which an exported bundle is not")
    return archive.read(info)
