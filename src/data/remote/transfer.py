"""What is known of a file on a server, and how its bytes come."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

BLOCK = 1 << 20
"""Bytes that come at a time."""


@dataclass(frozen=True)
class Version:
    """Tells one state of a file from another: its ETag and when it was changed; "" where the server does not say."""

    etag: str
    changed: str

    @property
    def tells(self) -> bool:
        return bool(self.etag or self.changed)


@dataclass(frozen=True)
class Transfer:
    """`size` in bytes, None where the server does not say."""

    version: Version
    size: int | None
    blocks: Iterator[bytes]


Open = Callable[[str, Version | None], AbstractContextManager[Transfer | None]]
"""Opens an address; gives None if the file still has the version that is known.

Raises DataError where there is no file, MachineError where the server cannot be reached or refuses, also while the
blocks come.
"""
