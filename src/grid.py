"""A grid of runs, one after another, each in a process of its own: no run can change another.

A process of its own also lets a run have several devices; Lightning starts their processes from its command line.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from src import machine
from src.atomic import write_json
from src.config.expand import expand
from src.config.overrides import quote
from src.errors import ConfigError, MachineError
from src.grid_table import table

TRAIN = (sys.executable, "-m", "src.train")
SYNC = (sys.executable, "-m", "src.sync")


def run_grid(
    overrides: Sequence[str],
    config_dir: Path | None = None,
    train: Sequence[str] = TRAIN,
    sync: Sequence[str] = SYNC,
) -> int:
    """Returns 0, the exit code of the first run that failed, or 128 + the number of the signal that ended the grid.

    A run that fails does not stop the later ones. Raises ConfigError, for the whole grid, before the first run.
    `train` and `sync`: the commands that train one run and mirror the grid into MLflow.
    """
    runs = expand(overrides, config_dir)
    for split in (run.config.dataset.split for run in runs):
        if split.runs > 1:
            fold = f"dataset.split.fold=range({split.runs})"
            raise ConfigError(f"-m makes a single run of each combination; with dataset.split.folds add '{fold}' to it")
    folder = runs[0].grid_folder
    jobs, code = train_all(folder, [run.overrides for run in runs], overrides, config_dir, train)
    print(f"\n{table(folder, jobs)}", flush=True)
    if any(run.config.tracking.enabled for run in runs):
        subprocess.run([*sync, f"run={folder}"], check=False)
    return code


def train_all(
    folder: Path,
    runs: Sequence[Sequence[str]],
    overrides: Sequence[str],
    config_dir: Path | None = None,
    train: Sequence[str] = TRAIN,
    key: str = "hydra.sweep.dir",
) -> tuple[list[dict[str, Any]], int]:
    """Makes `folder` with grid.json and a run below it for each of `runs`, which are overrides; `overrides`: as typed.

    `key` chooses the folder. Returns the jobs of grid.json and the exit code of `run_grid`.
    """
    jobs = [_job(number, run) for number, run in enumerate(runs)]
    facts = machine.identity(folder, overrides) | {"jobs": jobs}
    _create(folder, facts, key)
    options = [f"--config-dir={config_dir.resolve()}"] if config_dir else []
    print(f"{len(jobs)} runs, one after another, in {folder}", flush=True)
    with _Forwarded() as stop:
        for job in jobs:
            print(f"\n--- run {job['job'] + 1} of {len(jobs)}: {' '.join(job['overrides'])}", flush=True)
            own_folder = f"hydra.run.dir={quote(str(folder / job['folder']))}"
            job["exit_code"] = stop.run([*train, *options, *job["overrides"], own_folder], _environment(facts, job))
            write_json(folder / "grid.json", facts)
            if stop.number:
                break
    facts |= {"status": _status(facts, stop.number), "ended": machine.now()}
    write_json(folder / "grid.json", facts)
    failed = [job["exit_code"] for job in jobs if job["exit_code"]]
    return jobs, 128 + stop.number if stop.number else next(iter(failed), 0)


def _job(number: int, run: Sequence[str]) -> dict[str, Any]:
    own = [override for override in run if not override.startswith(("hydra.sweep.dir=", "hydra.run.dir="))]
    return {"job": number, "overrides": own, "folder": str(number), "exit_code": None}


def _create(folder: Path, facts: dict[str, Any], key: str) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(f"{folder}: is not empty, and nothing is written over; choose another with {key}=PATH")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = f"{error.strerror}; choose another with {key}=PATH"
        raise MachineError(f"The folder of the grid {folder} could not be made: {reason}") from error
    write_json(folder / "grid.json", facts)


def _environment(facts: dict[str, Any], job: dict[str, Any]) -> dict[str, str]:
    return {**os.environ, "ROOKERY_GRID": facts["uuid"], "ROOKERY_GRID_JOB": str(job["job"])}


def _status(facts: dict[str, Any], signal_number: int) -> str:
    if signal_number:
        return "killed"
    return "failed" if any(job["exit_code"] for job in facts["jobs"]) else "finished"


class _Forwarded:
    """While entered, signals go to the run that is going on, which leaves a checkpoint and ends; then the grid does."""

    def __init__(self) -> None:
        self.number = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> "_Forwarded":
        for each in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(each) is not signal.SIG_IGN:  # nohup: the caller wants SIGHUP ignored
                self._before[each] = signal.signal(each, self._forward)
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        for each, handler in self._before.items():
            signal.signal(each, handler)

    def run(self, command: Sequence[str], environment: dict[str, str]) -> int | None:
        """The exit code, 128 + number after a signal; None if a signal came before the start."""
        if self.number:
            return None
        # In a session of its own, or Ctrl-C would reach the run twice: from the terminal and from here.
        self._process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, start_new_session=True)
        if self.number:
            self._process.send_signal(self.number)
        code = self._process.wait()
        self._process = None
        return code if code >= 0 else 128 - code

    def _forward(self, number: int, _frame: FrameType | None) -> None:
        self.number = self.number or number
        if self._process is not None:
            self._process.send_signal(number)
