"""Cross-validation: a run for each fold, like a grid."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from src.custom_code import PERMISSION
from src.jobs import SYNC, TRAIN, Launcher, begin, finish

if TYPE_CHECKING:
    from src.config.compose import Composed


def run_folds(
    composed: "Composed",
    config_dir: Path | None = None,
    train: Sequence[str] = TRAIN,
    sync: Sequence[str] = SYNC,
    launcher: Launcher = "basic",
) -> int:
    """Returns what `finish` does. The runs lie below the folder of the run."""
    config, folder = composed.config, composed.folder
    folds = [[*composed.overrides, f"dataset.split.fold={fold}"] for fold in range(config.dataset.split.runs)]
    tracked = config.tracking.enabled
    begin(folder, folds, composed.overrides, config_dir, "hydra.run.dir", tracked, folds=True, launcher=launcher)
    return finish(folder, f"{PERMISSION}=true" in composed.overrides, train, sync)
