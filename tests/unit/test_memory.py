"""How much memory is free: of the machine, of the control groups around the process, and below `ulimit`."""

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from src import memory
from src.machine import ROOT

MIB = 1 << 20
MEMINFO = "MemTotal:       16000000 kB\nMemFree:         1000000 kB\nMemAvailable:    8388608 kB\n"
UNLIMITED_V1 = 9223372036854771712

Write = Callable[..., None]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Made-up files: `write("/proc/meminfo", text)`; no others are there, and no limits."""
    made_up = {"/proc/meminfo": tmp_path / "meminfo", "/proc/self/cgroup": tmp_path / "self"}
    monkeypatch.setattr(memory, "Path", lambda path: made_up.get(path, tmp_path / "nowhere"))
    monkeypatch.setattr(memory, "_CGROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY,) * 2)

    def write(path: str, text: object) -> None:
        to = made_up.get(path) or tmp_path / "cgroup" / path
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(f"{text}\n")

    write("/proc/meminfo", MEMINFO)
    return write


def test_the_machine_alone_gives_what_linux_calls_available(write: Write) -> None:
    assert memory.available_memory() == 8 << 30
    write("/proc/self/cgroup", "0::/")
    assert memory.available_memory() == 8 << 30


def test_a_control_group_of_version_2_allows_less(write: Write) -> None:
    write("/proc/self/cgroup", "0::/jobs/mine")
    write("jobs/mine/memory.max", 1000 * MIB)
    write("jobs/mine/memory.current", 300 * MIB)
    assert memory.available_memory() == 700 * MIB


def test_pages_of_files_count_as_free(write: Write) -> None:
    write("/proc/self/cgroup", "0::/jobs/mine")
    write("jobs/mine/memory.max", 1000 * MIB)
    write("jobs/mine/memory.current", 900 * MIB)
    write("jobs/mine/memory.stat", f"anon 5\nfile 8\ninactive_file {300 * MIB}\nactive_file {200 * MIB}")
    assert memory.available_memory() == 600 * MIB


def test_a_group_around_the_group_counts(write: Write) -> None:
    write("/proc/self/cgroup", "0::/jobs/mine")
    write("jobs/mine/memory.max", "max")
    write("jobs/mine/memory.current", 300 * MIB)
    write("jobs/memory.max", 400 * MIB)
    write("jobs/memory.current", 350 * MIB)
    assert memory.available_memory() == 50 * MIB


def test_a_control_group_of_version_1_allows_less(write: Write) -> None:
    write("/proc/self/cgroup", "12:cpu,cpuacct:/other\n4:memory:/docker/abc\n0::/system")
    write("memory/docker/abc/memory.limit_in_bytes", 2000 * MIB)
    write("memory/docker/abc/memory.usage_in_bytes", 500 * MIB)
    write("memory/docker/memory.limit_in_bytes", UNLIMITED_V1)
    write("memory/docker/memory.usage_in_bytes", 500 * MIB)
    assert memory.available_memory() == 1500 * MIB


def test_the_groups_of_a_container_stand_at_the_root(write: Write) -> None:
    """Inside, the path is that of outside, and the files of the container's own group lie at the top."""
    write("/proc/self/cgroup", "0::/docker/abc")
    write("memory.max", 700 * MIB)
    write("memory.current", 100 * MIB)
    assert memory.available_memory() == 600 * MIB


def test_more_used_than_allowed_is_nothing_free(write: Write) -> None:
    write("/proc/self/cgroup", "0::/")
    write("memory.max", 100 * MIB)
    write("memory.current", 101 * MIB)
    assert memory.available_memory() == 0


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
@pytest.mark.parametrize("limit", ["RLIMIT_DATA", "RLIMIT_AS"])
def test_a_limit_of_the_shell_allows_less(limit: str) -> None:
    """In a process of its own, before and after it takes 64 MiB."""
    code = (
        "import mmap, resource\n"
        "from src.memory import available_memory\n"
        f"resource.setrlimit(resource.{limit}, (512 << 20, 512 << 20))\n"
        "before = available_memory()\n"
        "taken = mmap.mmap(-1, 64 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)\n"
        "print(before, before - available_memory())\n"
    )
    environment = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    answer = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    before, taken = map(int, answer.stdout.split())
    assert 256 * MIB < before < 512 * MIB
    assert taken == pytest.approx(64 * MIB, abs=MIB)
