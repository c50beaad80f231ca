"""A file on a server as a file of the project: fetched when there is no copy, or when the server has another version.

A copy is whole or not there: its bytes get their name only when all have come.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from glob import has_magic
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit

from filelock import FileLock
from tqdm import tqdm

from src.atomic import write_blocks, write_json
from src.data.remote import web
from src.data.remote.transfer import Open, Transfer, Version
from src.errors import DataError, MachineError

FOLDER = Path(".cache/downloads")
"""In the project; git and DVC leave it out."""

_DIGITS = 8  # of the digest that keeps the copies of two addresses apart


def is_remote(path: str) -> bool:
    return "://" in path


def addresses(url: str) -> list[str]:
    """The address itself, or those that fit a pattern or lie in a folder of an s3:// store. Raises DataError."""
    if url.startswith("s3://") and (has_magic(url) or url.endswith("/")):
        from src.data.remote import bucket

        with _named(url):
            return bucket.found(url)
    return [url]


def local_copy(url: str, root: Path) -> Path:
    """A file in `root`/.cache/downloads with the content that the address has now, and the name of its last part.

    Raises DataError where there is no such file, MachineError if the server cannot be reached, refuses or breaks off.
    """
    copy = root / FOLDER / _name(url)
    record = copy.with_name(f".{copy.name}.json")
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
        with _named(url, copy), FileLock(copy.with_name(f".{copy.name}.lock")):
            _refresh(url, copy, record)
    except OSError as error:
        raise MachineError(f"{copy.parent}: nothing can be kept there: {error.strerror}") from None
    return copy


@contextmanager
def _named(url: str, copy: Path | None = None) -> Iterator[None]:
    """Errors begin with the address, without what is behind a ?, which may be a secret."""
    try:
        yield
    except DataError as error:
        raise DataError(f"{url.partition('?')[0]}: {error}") from None
    except MachineError as error:
        is_there = copy is not None and copy.exists()
        rest = f". The copy of an earlier day is {copy}; to work with it, name it as path" if is_there else ""
        raise MachineError(f"{url.partition('?')[0]}: {error}{rest}") from None


def _refresh(url: str, copy: Path, record: Path) -> None:
    with _scheme(url)(url, _known(copy, record)) as transfer:
        if transfer is None:
            return
        for left in copy.parent.glob(".*.[0-9]*"):  # what a killed process has not finished; the lock is ours
            left.unlink()
        record.unlink(missing_ok=True)  # first, so that no copy is ever taken for a version that it is not
        write_blocks(copy, _counted(transfer, copy.name))
        write_json(record, asdict(transfer.version) | {"size": copy.stat().st_size})


def _scheme(url: str) -> Open:
    scheme = url.partition("://")[0].lower()
    if scheme in ("http", "https"):
        return web.opened
    if scheme == "s3":
        from src.data.remote import bucket  # pyarrow takes time to load

        return bucket.opened
    raise DataError(f"{scheme}:// cannot be read; required: http, https, s3, sqlite or postgresql, or a file")


def _name(url: str) -> str:
    """The host or bucket and a digest as folder, then the name of the file: example.org-1a2b3c4d/t.csv."""
    parts = urlsplit(url)
    host, name = (re.sub(r"[^\w.-]", "_", each) for each in (parts.netloc, unquote(parts.path).rpartition("/")[2]))
    return f"{host}-{sha256(url.encode()).hexdigest()[:_DIGITS]}/{name.lstrip('.') or 'file'}"


def _known(copy: Path, record: Path) -> Version | None:
    """The version of the copy, None if there is none or it is not as it came."""
    try:
        told = json.loads(record.read_bytes())
        version = Version(told["etag"], told["changed"])
        return version if version.tells and copy.stat().st_size == told["size"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _counted(transfer: Transfer, name: str) -> Iterator[bytes]:
    """The blocks, with a progress bar on a terminal. Raises MachineError if there are fewer bytes than were told."""
    received = 0
    with tqdm(total=transfer.size, desc=name, unit="B", unit_scale=True, disable=None, leave=False) as bar:
        for block in transfer.blocks:
            received += len(block)
            bar.update(len(block))
            yield block
    if transfer.size is not None and received != transfer.size:
        raise MachineError(f"only {received:,} of {transfer.size:,} bytes came; try again")
