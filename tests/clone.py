"""A fresh clone of the repository, as a new user has it, for tests that change files or need git."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def clone_into(folder: Path) -> Path:
    """The repository with what is not committed yet, and this environment in the place of its own."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("needs git and a checkout: DVC's experiments do")
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(Path(sys.executable).parents[1])
    return folder


def shell(commands: str, folder: Path) -> str:
    """What the commands print in an active environment; fails if one of them does."""
    bash = ["bash", "-euo", "pipefail", "-c", commands]
    done = subprocess.run(bash, cwd=folder, env=environment_of(folder), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


def environment_of(folder: Path) -> dict[str, str]:
    """In which the environment of the clone is active."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW_", "ROOKERY_"))}
    environment |= {"PATH": f"{folder}/.venv/bin:{os.environ['PATH']}", "MLFLOW_DISABLE_TELEMETRY": "true"}
    # exp run commits nothing, but git wants to know who stashes
    who = [f"GIT_{role}_{what}" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")]
    environment |= dict.fromkeys(who, "reader@example.org")
    return environment
