"""The losses of a few reference runs, epoch by epoch, as they were when trajectories.json was written.

python -m tests.golden.trajectories     writes them anew, after a change that is meant to change numbers; the difference
                                        (git diff) belongs into its commit
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.short_run import run_in

FILE = Path(__file__).with_name("trajectories.json")

RECIPES = {
    "lesson": ("experiment=penguins_lesson", "trainer.max_epochs=5"),
    "regression": (
        *("dataset.target=body_mass_g", "dataset.columns.numeric=[bill_length_mm,bill_depth_mm,flipper_length_mm]"),
        *("dataset.columns.categorical=[species,sex]", "dataset.where='body_mass_g is not null'"),
        *("dataset.split.by=random", "model.hidden=[16,16]", "optimizer.lr=1e-2", "trainer.max_epochs=5"),
    ),
    "dropout, batch normalisation, AdamW": (
        *("dataset.columns.categorical=[island,sex]", "dataset.missing.indicator=true", "model.hidden=[32,32]"),
        *("model.dropout=0.2", "model.norm=batch", "optimizer=adamw", "scheduler=cosine", "trainer.max_epochs=5"),
    ),
}

Trajectory = dict[str, list[float]]
"""train/loss and validation/loss, a number for each epoch."""


def trajectory(folder: Path, name: str) -> Trajectory:
    """Of the recipe, trained into the new folder `folder`."""
    run_in(folder, *RECIPES[name])
    rows = [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]
    return {key: [row[key] for row in rows] for key in ("train/loss", "validation/loss")}


def write() -> None:
    with TemporaryDirectory() as folder:
        trajectories = {name: trajectory(Path(folder) / name, name) for name in RECIPES}
    FILE.write_text(json.dumps(trajectories, indent=1) + "\n")


if __name__ == "__main__":
    write()
