"""Run folders with test rows that a test has made up."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from src.spec import OutputSpec
from src.task import Task
from tests.made_up_run import CONFIG, make_run

COLOURS = OutputSpec(("colour",), Task.MULTICLASS, ("blue", "green", "red"))
PRICE = OutputSpec(("price",), Task.REGRESSION)


def make_tested(
    folder: Path,
    output: OutputSpec,
    columns: Mapping[str, Sequence[Any]],
    metrics: Sequence[str],
    **config: Any,
) -> Path:
    """A finished run with these `columns` of predictions.parquet beside `row` (0, 1, … if not given), in which it was
    measured by `metrics`; `config`: keys at its top that are replaced."""
    make_run(folder)
    (folder / "config.yaml").write_text(json.dumps(yaml.safe_load(CONFIG) | config))
    (folder / "metrics.json").write_text(json.dumps(dict.fromkeys(("test", "validation"), dict.fromkeys(metrics, 0.5))))
    (folder / "bundle").mkdir()
    (folder / "bundle" / "bundle.json").write_text(json.dumps({"features": {"output": output.to_dict()}}))
    row = {"row": range(len(next(iter(columns.values()))))}
    pl.DataFrame(row | dict(columns)).write_parquet(folder / "predictions.parquet")
    return folder


def coloured(folder: Path, truth: Sequence[str], chosen: Sequence[str], **more: Any) -> Path:
    """`make_tested` of classes: the chosen one has a probability of 0.8. `more`: row, weight, config."""
    columns: dict[str, Sequence[Any]] = {"truth": truth, "prediction": chosen}
    for name in COLOURS.classes:
        columns[f"probability_{name}"] = [0.8 if each == name else 0.1 for each in chosen]
    given = {name: more.pop(name) for name in ("row", "weight") if name in more}
    return make_tested(folder, COLOURS, columns | given, ["accuracy", "log_loss"], **more)


def priced(folder: Path, truth: Sequence[float], predicted: Sequence[float], **config: Any) -> Path:
    """`make_tested` of numbers."""
    return make_tested(folder, PRICE, {"truth": truth, "prediction": predicted}, ["rmse", "mae"], **config)
