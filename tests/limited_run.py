"""`src.train` with little memory.

    python -m tests.limited_run MEBIBYTES streamed|held …   so much beside what the libraries take; held: rows go into
                                                            memory whatever it has room for
"""

import re
import resource
import sys
from pathlib import Path

import pytest

from src import assemble, fit
from src.command_line import run
from src.data import cache


def limit(mebibytes: int) -> None:
    assert fit.__name__ in sys.modules, "the libraries are there, and what they take is taken"
    found = re.search(r"VmData:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    most = int(found[1]) * 1024 + (mebibytes << 20)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


if __name__ == "__main__":
    mebibytes, rows, *arguments = sys.argv[1:]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache, "FOLDER", Path.cwd() / "cache")
        if rows == "held":
            patch.setattr(assemble, "_too_large", lambda *_: False)
        limit(int(mebibytes))
        sys.exit(run(arguments))
