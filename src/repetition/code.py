"""The code that a run was made with, as a git worktree that goes away afterwards."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from src.errors import MachineError
from src.machine import ROOT
from src.repetition.past_run import PastRun


@contextmanager
def checked_out(run: PastRun, place: Path) -> Iterator[Path]:
    """The commit of the run with the changes that it had, in the new folder `place`, without the hooks of the checkout.

    Raises MachineError if the commit is not in this repository, or the changes do not fit it.
    """
    commit = run.git["commit"]
    if _git(ROOT, "cat-file", "-e", f"{commit}^{{commit}}").returncode:
        raise MachineError(
            f"The commit {commit} of the run (branch {run.git.get('branch')}) is not in {ROOT}; `git fetch` brings it, "
            "if it was pushed and is still on a branch"
        )
    try:
        _demand(_git(ROOT, "-c", "core.hooksPath=/dev/null", "worktree", "add", "--quiet", "--detach", place, commit))
        if run.changes:
            _demand(_git(place, "apply", "--whitespace=nowarn", "-", changes=run.changes))
        yield place
    finally:
        _git(ROOT, "worktree", "remove", "--force", place)


def said(run: PastRun) -> str:
    """Which code that is, and how surely it is the code of the run."""
    commit = f"commit {run.git['commit'][:12]}, branch {run.git.get('branch')}"
    if run.has_lost_changes:
        kept = run.git.get("diff", "no code.diff")
        return f"{commit} alone: what was changed and not committed then was not kept as a whole ({kept})"
    return f"{commit}, with the changes that were not committed then (code.diff)" if run.changes else commit


def _git(folder: Path, *arguments: str | Path, changes: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    command = ["git", "-C", str(folder), *map(str, arguments)]
    return subprocess.run(command, input=changes, capture_output=True, check=False)


def _demand(answer: subprocess.CompletedProcess[bytes]) -> None:
    if answer.returncode:
        reason = answer.stderr.decode(errors="replace").strip()
        raise MachineError(f"The code of the run could not be restored: {reason}")
