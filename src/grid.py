"""A grid: a run of each combination of values."""

from collections.abc import Sequence
from pathlib import Path

from src.config.expand import expand
from src.custom_code import PERMISSION
from src.errors import ConfigError
from src.jobs import SYNC, TRAIN, Launcher, begin, finish


def run_grid(
    overrides: Sequence[str],
    config_dir: Path | None = None,
    train: Sequence[str] = TRAIN,
    sync: Sequence[str] = SYNC,
    launcher: Launcher = "basic",
) -> int:
    """Returns what `finish` does. Raises ConfigError, for the whole grid, before the first run."""
    runs = expand(overrides, config_dir)
    for split in (run.config.dataset.split for run in runs):
        if split.runs > 1:
            fold = f"dataset.split.fold=range({split.runs})"
            raise ConfigError(f"-m makes a single run of each combination; with dataset.split.folds add '{fold}' to it")
    folder, tracked = runs[0].grid_folder, any(run.config.tracking.enabled for run in runs)
    jobs = [run.overrides for run in runs]
    begin(folder, jobs, overrides, config_dir, "hydra.sweep.dir", tracked, launcher=launcher)
    return finish(folder, f"{PERMISSION}=true" in overrides, train, sync)
