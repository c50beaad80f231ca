"""Cross-validation: a run for each fold, like a grid, and what they come to together."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from src.grid import SYNC, TRAIN, train_all
from src.grid_table import table

if TYPE_CHECKING:
    from src.config.compose import Composed


def run_folds(
    composed: "Composed", config_dir: Path | None = None, train: Sequence[str] = TRAIN, sync: Sequence[str] = SYNC
) -> int:
    """Returns 0, or the exit code of `run_grid`; then there is no mean. The runs lie below the folder of the run."""
    split = composed.config.dataset.split
    folds = [[*composed.overrides, f"dataset.split.fold={fold}"] for fold in range(split.runs)]
    folder = composed.folder
    jobs, code = train_all(folder, folds, composed.overrides, config_dir, train, "hydra.run.dir")
    print(f"\n{table(folder, jobs)}", flush=True)
    if code:
        print("No mean over the folds: not all of them came to their end.", flush=True)
    else:
        from src.out_of_fold import shown, summarise

        print(shown(summarise(folder, [folder / job["folder"] for job in jobs])), flush=True)
    if composed.config.tracking.enabled:
        subprocess.run([*sync, f"run={folder}"], check=False)
    return code
