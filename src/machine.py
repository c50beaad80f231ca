"""Where and with what a run was made: code, libraries, host."""

import hashlib
import os
import platform
import shlex
import socket
import subprocess
import sys
import sysconfig
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
"""The checkout that this code runs from."""

LIBRARIES = ("torch", "pytorch-lightning", "polars", "numpy", "hydra-core", "mlflow", "dvc", "safetensors")


def identity(folder: Path, overrides: Sequence[str]) -> dict[str, Any]:
    """Who the run is: name, command, code, place in a grid. JSON-able."""
    grid_job = os.environ.get("ROOKERY_GRID_JOB")
    return {
        "uuid": uuid.uuid4().hex,
        "status": "running",
        "started": now(),
        "ended": None,
        "error": None,
        "name": folder.name,
        "command": command(),
        "overrides": list(overrides),
        "pid": os.getpid(),
        "host": host(),
        "parent": os.environ.get("ROOKERY_GRID"),
        "grid_job": int(grid_job) if grid_job is not None else None,
        "git": git(),
        "code": code(),
        "dvc": experiment(),
        "cpu": cpu(),
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """Of Python and of the libraries that a result may depend on."""
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}


def cpu() -> str:
    """Its model, as the system names it; others may round the last bits otherwise."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:  # not Linux
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


def packages() -> str:
    """`name==version` of each package beside this Python, a line each. By the names of folders: to read what is in them
    takes 0.2 s."""
    folders = Path(sysconfig.get_path("purelib")).glob("*.dist-info")
    return "".join(f"{'=='.join(folder.stem.rsplit('-', 1))}\n" for folder in sorted(folders))


def cores() -> int:
    """That this process may use."""
    return len(os.sched_getaffinity(0))


def rank() -> int:
    """Number of this process among those of the run; the first one writes and prints."""
    return int(os.environ.get("LOCAL_RANK", "0"))


def now() -> str:
    """UTC, ISO 8601."""
    return datetime.now(UTC).isoformat()


def host() -> str:
    return socket.gethostname()


def command() -> str:
    """As it was typed, ready to be pasted."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    module = ["-m", spec.name] if spec else [sys.argv[0]]
    return shlex.join(["python", *module, *sys.argv[1:]])


def git() -> dict[str, Any] | None:
    """Commit, branch and whether tracked files differ from it; null outside a git checkout."""
    commit = _git("rev-parse", "HEAD")
    if commit is None:
        return None
    branch = _git("rev-parse", "--abbrev-ref", "HEAD")
    return {"commit": commit, "branch": branch, "dirty": bool(_git("status", "--porcelain", "--untracked-files=no"))}


def changes() -> bytes:
    """What tracked files have beside the commit, for `git apply`, whatever the user's settings of git are; without what
    DVC itself writes there when it runs a stage."""
    written = (":(top,exclude)build", ":(top,exclude)dvc.lock")
    plain = ("--binary", "--no-color", "--no-ext-diff", "--no-textconv", "--no-relative")
    return _answer("diff", *plain, "--src-prefix=a/", "--dst-prefix=b/", "HEAD", "--", *written) or b""


def code() -> str:
    """SHA-256 of the files of src, committed or not."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / "src").rglob("*.py")):
        digest.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def experiment() -> dict[str, str] | None:
    """Name of the experiment of DVC that this is a stage of (`dvc exp run`), and the commit that it began with."""
    name, baseline = (os.environ.get(f"DVC_EXP_{key}", "") for key in ("NAME", "BASELINE_REV"))
    return {"experiment": name, "baseline": baseline} if name else None


def _git(*arguments: str) -> str | None:
    answer = _answer(*arguments)
    return None if answer is None else answer.decode(errors="replace").strip()


def _answer(*arguments: str) -> bytes | None:
    try:
        answer = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, check=False)
    except FileNotFoundError:  # git is not installed
        return None
    return answer.stdout if answer.returncode == 0 else None
