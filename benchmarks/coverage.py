"""How often sets and intervals hold the truth, if the rows they are fitted on have chosen the best epoch before.

    python -m benchmarks.coverage              100 simulated tables for each number of validation rows
    python -m benchmarks.coverage tables=20

Each table: 300 train rows, of which a network with one hidden layer learns up to its best epoch; validation rows, which
choose it; as many fresh rows, which nothing has seen; 4000 test rows. Printed: the coverage of the test rows, wanted
0.9, fitted on the validation rows (as a run does) and on the fresh ones; means over the tables and standard errors.
"""

import logging
import math
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import fmean, stdev

import numpy as np
import polars as pl
import torch
from torch import Tensor

from src.assemble import assemble
from src.bundle import built
from src.config.compose import compose
from src.config.config import Config
from src.config.dataset import Dataset
from src.config.prediction import Prediction as Settings
from src.data.prepare import prepare
from src.heads.head import Prediction
from src.inference import answers
from src.metrics.evaluate import evaluate
from src.post_hoc.adjust import adjusted
from src.post_hoc.fit import fit_post_hoc
from src.signals import StopFlag
from src.spec import OutputSpec
from src.trainer import fit

TRAIN, TEST, SIZES = 300, 4000, (30, 100, 300)
KEYS = ("model.hidden=[64]", "optimizer.lr=0.01", "scheduler=none", "trainer.max_epochs=30", "trainer.batch_size=32")
TARGETS = {
    "3 classes": ("kind", Settings(coverage=0.9)),
    "3 classes, temperature": ("kind", Settings(coverage=0.9, calibration="temperature")),
    "a number": ("value", Settings(coverage=0.9)),
}


def table(seed: int, rows: int) -> pl.DataFrame:
    """Six numbers, of which three matter, and as much noise."""
    generator = np.random.default_rng(seed)
    x, noise = generator.normal(size=(rows, 6)), generator.normal(size=rows)
    value = x[:, 0] + x[:, 1] * x[:, 2] + noise
    columns = {f"x{j}": column for j, column in enumerate(x.T)}
    kind = pl.Series(["low", "middle", "high"])[np.digitize(value, [-0.8, 0.8]).tolist()]
    return pl.DataFrame(columns | {"value": value, "kind": kind})


def config_of(folder: Path, target: str, size: int, seed: int) -> Config:
    """Of a table whose first rows train; then come those of validation, fresh ones and those of test."""
    part = ["train"] * TRAIN + ["validation"] * size + ["test"] * (size + TEST)
    table(seed, len(part)).with_columns(part=pl.Series(part)).write_csv(folder / "table.csv")
    columns = {"numeric": [f"x{j}" for j in range(6)]}
    section = {"name": "simulated", "path": str(folder / "table.csv"), "target": target, "columns": columns}
    dataset = Dataset.model_validate(section | {"split": {"by": "column", "column": "part"}})
    config = compose(["trainer=cpu", "tracking=none", *KEYS, f"seed={seed}"]).config
    return config.model_copy(update={"dataset": dataset})


def coverages(target: str, size: int, seed: int) -> dict[str, tuple[float, float]]:
    """By name in TARGETS: of the test rows, fitted on the validation rows and on fresh ones."""
    with StopFlag() as stop, tempfile.TemporaryDirectory() as folder:
        config = config_of(Path(folder), target, size, seed)
        prepared = prepare(config.dataset, Path(folder))
        learner = assemble(config, prepared, stop)
        fit(learner, config.trainer)
    features = replace(prepared.features, output=learner.output)
    network = built(config.model.model_dump(), features, learner.progress.best_weights)
    parts = {name: prepared.parts[name] for name in ("validation", "test")}
    said = {name: answers(network, learner.output, part.x_num, part.x_cat) for name, part in parts.items()}
    known, rest = (said["validation"], parts["validation"].y), (said["test"], parts["test"].y)
    fresh, test = (rows_of(*rest, rows) for rows in (slice(0, size), slice(size, None)))
    return {
        name: (covered(settings, known, test, learner.output), covered(settings, fresh, test, learner.output))
        for name, (of, settings) in TARGETS.items()
        if of == target
    }


Rows = tuple[Prediction, Tensor]


def rows_of(said: Prediction, y: Tensor, rows: slice) -> Rows:
    probability = said.probability[rows] if len(said.probability) else said.probability
    return Prediction(said.point[rows], probability), y[rows]


def covered(settings: Settings, fitted_on: Rows, test: Rows, output: OutputSpec) -> float:
    output = replace(output, post_hoc=fit_post_hoc(settings, *fitted_on, None, output))
    return evaluate(adjusted(test[0], output), test[1], output, names=["coverage"])["coverage"]


def lines(tables: int) -> Iterator[str]:
    for size in SIZES:
        found: dict[str, list[tuple[float, float]]] = {}
        for seed in range(tables):
            for target in ("kind", "value"):
                for name, each in coverages(target, size, seed).items():
                    found.setdefault(name, []).append(each)
        for name, pairs in found.items():
            columns = [*zip(*pairs, strict=True), [one - other for one, other in pairs]]
            shown = (f"{fmean(each):.3f} ± {stdev(each) / math.sqrt(tables):.3f}" for each in columns)
            yield f"| {name} | {size} | {' | '.join(shown)} |"


def main() -> None:
    for name in ("pytorch_lightning", "lightning.pytorch"):
        logging.getLogger(name).setLevel(logging.ERROR)
    torch.set_num_threads(1)
    tables = int(dict(argument.split("=") for argument in sys.argv[1:]).get("tables", 100))
    print("| target | validation rows | fitted on them | fitted on fresh rows | difference |\n|---|---|---|---|---|")
    for line in lines(tables):
        print(line, flush=True)


if __name__ == "__main__":
    main()
