"""What the runs of a cross-validation come to together: mean and deviation, a prediction for every row."""

import json
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, stdev

import polars as pl

from src import atomic

Spread = dict[str, dict[str, dict[str, float]]]
"""{"test": {"accuracy": {"mean": ..., "std": ...}}, "validation": ...}"""


def summarise(folder: Path, runs: Sequence[Path]) -> Spread:
    """Writes metrics.json and predictions.parquet into `folder`; `runs`: the folders of the finished folds, in order.

    The deviation is that of a sample (n - 1). A metric that is undefined in a fold has no mean. predictions.parquet
    holds the test rows of all folds by row, so each row once for each repeat, with the column `fold`.
    """
    measured = [json.loads((run / "metrics.json").read_bytes()) for run in runs]
    spread = {
        part: {name: _spread([each[part].get(name) for each in measured]) for name in values}
        for part, values in measured[0].items()
    }
    defined: Spread = {part: {k: v for k, v in values.items() if v} for part, values in spread.items()}
    tables = [_predictions(run, fold) for fold, run in enumerate(runs)]
    pl.concat(tables).sort("row", "fold").write_parquet(folder / "predictions.parquet")
    atomic.write_json(folder / "metrics.json", defined)
    return defined


def shown(spread: Spread) -> str:
    """One line for each part."""
    return "\n".join(
        f"{part:<12}" + "  ".join(f"{name} {each['mean']:.4g} ± {each['std']:.2g}" for name, each in values.items())
        for part, values in spread.items()
    )


def _spread(values: Sequence[float | None]) -> dict[str, float]:
    """Empty if a value is missing."""
    known = [value for value in values if value is not None]
    return {"mean": mean(known), "std": stdev(known)} if len(known) == len(values) else {}


def _predictions(run: Path, fold: int) -> pl.DataFrame:
    table = pl.read_parquet(run / "predictions.parquet")
    return table.insert_column(1, pl.Series("fold", [fold] * len(table), pl.Int64))
