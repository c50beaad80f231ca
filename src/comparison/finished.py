"""What a finished run says about itself: its record, its configuration, its metrics and which of them decides."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any

from src.atomic import read_json
from src.config.document import read
from src.errors import ConfigError
from src.monitor import Monitor


@dataclass(frozen=True)
class Finished:
    """`record`: run.json; `config`: config.yaml, not validated, since an earlier version may have written it."""

    folder: Path
    record: dict[str, Any]
    config: dict[str, Any]
    metrics: dict[str, dict[str, float]]
    """Of the parts test and validation, by name."""

    @property
    def monitor(self) -> Monitor:
        """The metric that decides which run is better."""
        monitored = self.config.get("trainer", {}).get("monitor", "loss")
        return Monitor.between_runs(monitored, self.metrics["validation"])


class UnfinishedError(ConfigError):
    """There is a run, which did not come to its end."""


def finished(folder: Path) -> Finished:
    """Raises ConfigError if there is no run, UnfinishedError if it did not come to its end, MachineError if what stands
    there is damaged."""
    if not (folder / "run.json").is_file():
        what = "holds no run (run.json is missing)" if folder.is_dir() else "no such folder"
        raise ConfigError(f"{folder}: {what}; required: the folder of a finished run, or of a grid")
    record = _read(folder / "run.json")
    if record.get("status") != "finished":
        again = shlex.quote(f"resume={folder}")
        raise UnfinishedError(
            f"{folder}: the run is not finished, its status is {record.get('status')}; if it has stopped, python -m "
            f"src.train {again} goes on with it"
        )
    return Finished(folder, record, read(folder / "config.yaml").data, _read(folder / "metrics.json"))


def over_folds(folder: Path, folds: Sequence[Path]) -> Finished:
    """A cross-validation as a run, with the means over its folds; `dataset.split.fold` has no value of its own. Raises
    UnfinishedError."""
    if not all((fold / "run.json").is_file() for fold in folds):
        again = shlex.quote(f"resume={folder}")
        raise UnfinishedError(
            f"{folder}: not all of the {len(folds)} folds have begun; python -m src.train {again} goes on with them"
        )
    runs = [finished(fold) for fold in folds]
    split = {key: value for key, value in runs[0].config["dataset"].get("split", {}).items() if key != "fold"}
    config = runs[0].config | {"dataset": runs[0].config["dataset"] | {"split": split}}
    metrics = {
        part: {name: fmean(run.metrics[part][name] for run in runs) for name in values if _in_all(runs, part, name)}
        for part, values in runs[0].metrics.items()
    }
    return replace(runs[0], folder=folder, config=config, metrics=metrics)


def _in_all(runs: Sequence[Finished], part: str, name: str) -> bool:
    return all(name in run.metrics[part] for run in runs)


def runs_of(folder: Path) -> list[Path]:
    """The folder itself or, of a grid, those of its jobs."""
    return _jobs(folder) or [folder]


def folds_of(folder: Path) -> list[Path]:
    """Folders of the runs if it is that of a cross-validation."""
    return _jobs(folder) if _grid(folder).get("folds") else []


def _jobs(folder: Path) -> list[Path]:
    return [folder / job["folder"] for job in _grid(folder).get("jobs", [])]


def _grid(folder: Path) -> dict[str, Any]:
    path = folder / "grid.json"
    return _read(path) if path.is_file() else {}


def _read(path: Path) -> dict[str, Any]:
    return read_json(path, "Restore it or leave this run out.")
