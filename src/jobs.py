"""The jobs of a grid or a cross-validation, one after another, each in a process of its own: no run can change another.

A process of its own also lets a run have several devices; Lightning starts their processes from its command line.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from src import machine
from src.atomic import write_json
from src.config.overrides import quote
from src.custom_code import PERMISSION
from src.errors import ConfigError, MachineError
from src.forwarded import Forwarded
from src.grid_table import table

TRAIN = (sys.executable, "-m", "src.train")
SYNC = (sys.executable, "-m", "src.sync")
POPULATE = (sys.executable, "-m", "src.populate")

_SIGNALLED = 128

Launcher = Literal["basic", "population"]
"""basic: a process for each run, one after another. population: those that can be trained side by side in one."""


def begin(
    folder: Path,
    runs: Sequence[Sequence[str]],
    overrides: Sequence[str],
    config_dir: Path | None,
    key: str,
    tracked: bool,
    folds: bool = False,
    launcher: Launcher = "basic",
) -> None:
    """Makes `folder` with grid.json and a job for each of `runs`, which are overrides; `overrides`: as typed.

    `key` chooses the folder; `tracked`: MLflow hears of the jobs; `folds`: they are those of a cross-validation. Raises
    ConfigError if the folder is in use, MachineError if it cannot be made.
    """
    place = config_dir and str(config_dir.resolve())
    more = {"config_dir": place, "tracked": tracked, "folds": folds, "launcher": launcher}
    jobs = [_job(number, run) for number, run in enumerate(runs)]
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(f"{folder}: is not empty, and nothing is written over; choose another with {key}=PATH")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = f"{error.strerror}; choose another with {key}=PATH"
        raise MachineError(f"The folder of the grid {folder} could not be made: {reason}") from error
    write_json(folder / "grid.json", machine.identity(folder, overrides) | more | {"jobs": jobs})


def finish(
    folder: Path,
    allow_custom: bool = False,
    train: Sequence[str] = TRAIN,
    sync: Sequence[str] = SYNC,
    populate: Sequence[str] = POPULATE,
) -> int:
    """Makes every job of `folder` that is not finished, goes on with those that were stopped, and sums all of them up.

    Returns 0, the exit code of the first run that failed, or 128 + the number of the signal that ended the grid. A run
    that fails does not stop the later ones. `allow_custom`: the person's word that networks of their own may be run;
    grid.json cannot give it. `train`, `sync` and `populate`: the commands that train one run, mirror the grid into
    MLflow, and train many runs side by side.
    Raises MachineError if another process is at it.
    """
    facts = facts_of(folder)
    if facts["status"] == "running" and facts["pid"] != os.getpid() and _is_alive(facts):
        raise MachineError(f"{folder} is in use: the process {facts['pid']}, which makes its runs, is still going on.")
    code = _make_all(folder, facts, allow_custom, train, populate)
    print(f"\n{table(folder, facts['jobs'])}", flush=True)
    if code > _SIGNALLED and not facts["folds"]:
        print(f"Continue with: {_again(folder)}", flush=True)
    if facts["folds"]:
        print(_conclusion(folder, facts["jobs"], code), flush=True)
    if facts["tracked"]:
        subprocess.run([*sync, f"run={folder}"], check=False)
    return code


def _make_all(
    folder: Path, facts: dict[str, Any], allow_custom: bool, train: Sequence[str], populate: Sequence[str]
) -> int:
    """Exit code of `finish`."""
    jobs = facts["jobs"]
    facts |= {"status": "running", "ended": None, "pid": os.getpid(), "host": machine.host()}
    write_json(folder / "grid.json", facts)
    train = [*train, *[f"{PERMISSION}=true"] * allow_custom]
    together = facts.get("launcher") == "population"
    print(f"{len(jobs)} runs, {'side by side' if together else 'one after another'}, in {folder}", flush=True)
    with Forwarded() as stop:
        made = _made_together(folder, jobs, stop, populate) if together else set()
        for job in jobs:
            if not stop.number and job["job"] not in made and not _is_finished(folder, job):
                print(f"\n--- run {job['job'] + 1} of {len(jobs)}: {' '.join(job['overrides'])}", flush=True)
                job["exit_code"] = stop.run([*train, *arguments(folder, facts, job)], environment(facts, job))
            write_json(folder / "grid.json", facts)
    failed = [job["exit_code"] for job in jobs if job["exit_code"]]
    status = "killed" if stop.number else "failed" if failed else "finished"
    write_json(folder / "grid.json", facts | {"status": status, "ended": machine.now()})
    return _SIGNALLED + stop.number if stop.number else next(iter(failed), 0)


def _conclusion(folder: Path, jobs: Sequence[dict[str, Any]], code: int) -> str:
    """Mean and deviation over the folds, which are written into `folder` as well, if `code` says that all are there."""
    if code:
        return f"No mean over the folds: not all of them came to their end; go on with {_again(folder)}"
    from src.out_of_fold import shown, summarise

    return shown(summarise(folder, [folder / job["folder"] for job in jobs]))


def _again(folder: Path) -> str:
    return f"python -m src.train {shlex.quote(f'resume={folder}')}"


def _job(number: int, run: Sequence[str]) -> dict[str, Any]:
    not_its_own = ("hydra.sweep.dir=", "hydra.run.dir=", f"{PERMISSION}=")
    own = [override for override in run if not override.startswith(not_its_own)]
    return {"job": number, "overrides": own, "folder": str(number), "exit_code": None}


def facts_of(folder: Path) -> dict[str, Any]:
    try:
        facts: dict[str, Any] = json.loads((folder / "grid.json").read_bytes())
    except ValueError as error:
        raise MachineError(f"{folder / 'grid.json'} is damaged ({error}). Restore it or start a new grid.") from None
    if "folds" not in facts:
        raise MachineError(f"{folder}: an earlier version made this grid; resume its runs one by one.")
    return facts


def _is_alive(facts: dict[str, Any]) -> bool:
    from src.tracking.liveness import is_dead

    return bool(facts["host"] == machine.host()) and not is_dead(facts)


def _is_finished(folder: Path, job: dict[str, Any]) -> bool:
    """By run.json, since somebody may have gone on with it alone; without one, if its folder is still there, by its
    exit code. A damaged one is explained when its run goes on."""
    record = folder / job["folder"] / "run.json"
    if not record.is_file():
        return record.parent.exists() and bool(job["exit_code"] == 0)
    try:
        finished = bool(json.loads(record.read_bytes())["status"] == "finished")
    except ValueError:
        return False
    if finished:
        job["exit_code"] = 0
    return finished


def _made_together(
    folder: Path, jobs: Sequence[dict[str, Any]], stop: Forwarded, populate: Sequence[str]
) -> set[int]:
    """The jobs that a process made side by side, with their exit codes; it leaves out those that have begun."""
    records = {job["job"]: folder / job["folder"] / "run.json" for job in jobs}
    begun = {number for number, record in records.items() if record.is_file()}
    stop.run([*populate, str(folder)], {**os.environ})
    made = {}
    for number, record in records.items():
        if number not in begun and record.is_file():
            made[number] = json.loads(record.read_bytes()).get("exit_code")  # none if the process was lost
    for job in jobs:
        job["exit_code"] = made.get(job["job"], job["exit_code"])
    return {number for number, code in made.items() if code is not None}


def arguments(folder: Path, facts: dict[str, Any], job: dict[str, Any]) -> list[str]:
    """Of `src.train`: a job that has begun goes on, any other starts; what it left before it began is cleared away."""
    place = folder / job["folder"]
    if (place / "run.json").is_file():
        return [f"resume={place}"]
    if place.exists():
        shutil.rmtree(place)
    options = [f"--config-dir={facts['config_dir']}"] if facts["config_dir"] else []
    return [*options, *job["overrides"], f"hydra.run.dir={quote(str(place))}"]


def environment(facts: dict[str, Any], job: dict[str, Any]) -> dict[str, str]:
    """Variables that tell a run whose job it is."""
    return {**os.environ, "ROOKERY_GRID": facts["uuid"], "ROOKERY_GRID_JOB": str(job["job"])}
