"""Mirrors a run while it is being trained, from a process of its own: MLflow never slows or stops the training."""

import os
import select
import socket
import sys
import time
from pathlib import Path

from src.errors import MachineError
from src.tracking.dead_runs import close_dead_runs
from src.tracking.liveness import is_dead, mark_killed
from src.tracking.run_mirror import RunMirror
from src.tracking.snapshot import RUNNING, SYSTEM, read_json
from src.tracking.store import explained
from src.tracking.system import System

PERIOD = 2.0
"""Seconds between two looks at the folder."""
LONGEST_PAUSE = 30.0
"""Seconds between two attempts while MLflow cannot be reached."""


def follow(folder: Path, trainer: int, patience: float = 15.0) -> None:
    """Pushes what is new until standard input ends, which it does when the training has, kill -9 included.

    `trainer` is its process id. Then pushes the rest, trying for `patience` seconds (once, if MLflow has been away for
    long: the training waits).
    Raises MachineError when that was in vain, after a line in log.txt that tells how to catch up.
    """
    follower, system = Follower(folder), System(folder)
    while not _input_ends(within=follower.pause):
        system.look()
        follower.look()
    _close(folder, trainer)
    deadline = time.monotonic() + patience
    while not follower.look(again=True):
        if time.monotonic() + follower.pause > deadline or not folder.exists():
            raise _in_vain(folder, follower.error)
        time.sleep(follower.pause)


class Follower:
    """Pushes when the folder has changed; after a failure pauses longer and longer."""

    def __init__(self, folder: Path) -> None:
        self.pause = 0.0
        self.error: MachineError | OSError | None = None
        self._folder = folder
        self._mirror: RunMirror | None = None
        self._seen: list[int] = []

    def look(self, again: bool = False) -> bool:
        """True when MLflow has all that there is; `again` looks also where nothing seems to have changed."""
        try:
            times = [path.stat().st_mtime_ns for path in self._watched()]
            if len(times) >= 2 and (again or times != self._seen):
                self._push()
            self._seen, self.pause = times, PERIOD
        except (MachineError, OSError) as error:
            self._mirror, self.error = None, error
            self.pause = min(max(PERIOD, 2 * self.pause), LONGEST_PAUSE)
            return False
        return True

    def _watched(self) -> list[Path]:
        """The first two are what a run needs to be mirrored at all."""
        names = ("run.json", "config.yaml", "history.jsonl", SYSTEM)
        return [self._folder / name for name in names if (self._folder / name).exists()]

    def _push(self) -> None:
        if self._mirror:
            self._mirror.push()
            return
        mirror = RunMirror(self._folder)
        mirror.push()
        with explained(mirror.uri, self._folder):
            close_dead_runs(mirror.client, socket.gethostname())
        self._mirror = mirror


def _close(folder: Path, trainer: int) -> None:
    """A run that still says running when its process let go was killed; one resumed meanwhile has another process."""
    path = folder / "run.json"
    if path.exists():
        facts = read_json(path)
        if facts["status"] == RUNNING and (facts["pid"] == trainer or is_dead(facts)):
            mark_killed(folder)


def _in_vain(folder: Path, error: MachineError | OSError | None) -> MachineError:
    if folder.exists():
        with (folder / "log.txt").open("a") as log:
            log.write(f"{error}\n")
    return MachineError(str(error))


def _input_ends(within: float) -> bool:
    """Waits that many seconds at most."""
    ready, _, _ = select.select([sys.stdin], [], [], within)
    return bool(ready) and not os.read(sys.stdin.fileno(), 4096)
