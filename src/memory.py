"""How much memory this process may still take."""

import ctypes
import os
import re
import resource
from collections.abc import Iterator
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")
_VERSION_2 = ("memory.max", "memory.current")
_VERSION_1 = ("memory.limit_in_bytes", "memory.usage_in_bytes")


def available_memory() -> int:
    """Bytes: what the machine has free, or less if a container (control group) or `ulimit` allows less."""
    return max(0, min([_of_machine(), *_of_control_groups(), *_of_limits()]))


def give_back_free_memory() -> None:
    """To the system, what the C library keeps of memory that was freed: after work on large columns hundreds of MB."""
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):  # of glibc
        trim(0)


def _of_machine() -> int:
    try:
        return _kib(Path("/proc/meminfo").read_text(), "MemAvailable")
    except (OSError, KeyError):  # not Linux
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2


def _of_control_groups() -> Iterator[int]:
    """Version 2 of control groups, then version 1; a limit of any group around counts, file pages are given back."""
    for line in _lines(Path("/proc/self/cgroup")):
        _, controllers, path = line.split(":", 2)
        if not controllers or "memory" in controllers.split(","):
            innermost = _CGROUPS / ("memory" if controllers else "") / path.lstrip("/")
            for group in (innermost, *innermost.parents):
                limit, used = (_number(group / name) for name in (_VERSION_1 if controllers else _VERSION_2))
                if limit is not None and used is not None:
                    yield limit - used + _file_pages(group)


def _of_limits() -> Iterator[int]:
    """`ulimit -d` and `ulimit -v`."""
    for limit, key in ((resource.RLIMIT_DATA, "VmData"), (resource.RLIMIT_AS, "VmSize")):
        most, _ = resource.getrlimit(limit)
        if most != resource.RLIM_INFINITY:
            yield most - _kib("\n".join(_lines(Path("/proc/self/status"))), key)


def _file_pages(group: Path) -> int:
    fields = dict(line.split() for line in _lines(group / "memory.stat"))
    return int(fields.get("inactive_file", 0)) + int(fields.get("active_file", 0))


def _number(path: Path) -> int | None:
    text = "".join(_lines(path))
    return int(text) if text.isdigit() else None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:
        return []


def _kib(text: str, key: str) -> int:
    found = re.search(rf"^{key}:\s+(\d+) kB", text, re.MULTILINE)
    if found is None:
        raise KeyError(key)
    return int(found[1]) * 1024
