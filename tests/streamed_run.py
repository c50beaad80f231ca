"""Small tables treated like large ones: kept prepared, stored in random order, read window by window from the disk.

    python -m tests.streamed_run …      as src.train, so that the other processes of a run do the same
"""

import sys
from pathlib import Path

import pytest

from src import assemble, feed, steps, windows
from src.command_line import run
from src.data import cache, prepared, spread

WINDOW = 3 * windows.BLOCKS


def treat_as_large(patch: pytest.MonkeyPatch, folder: Path, memory: int) -> None:
    """`folder`: for what is prepared; `memory`: bytes that are said to be free."""
    patch.setattr(cache, "SMALL", 0)
    patch.setattr(cache, "FOLDER", folder)
    patch.setattr(prepared, "_MAPPED", 0)
    patch.setattr(spread, "SPREAD_FROM", 0)
    patch.setattr(feed, "window_rows", lambda _: WINDOW)
    patch.setattr(steps, "CHUNK_STEPS", 3)  # so that an epoch has several chunks, each with rows of several windows
    patch.setattr(assemble, "available_memory", lambda: memory)


if __name__ == "__main__":
    with pytest.MonkeyPatch.context() as patch:
        treat_as_large(patch, Path.cwd() / "cache", memory=0)
        sys.exit(run(sys.argv[1:]))
