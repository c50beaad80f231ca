"""How long predictions take: a table from Parquet to Parquet beside the bare network, and one row.

    python -m benchmarks.predict                    1,000,000 rows of 28 numbers (64 bits); prints a table
    python -m benchmarks.predict rows=4000000       another size
    python -m benchmarks.predict json=true          prints JSON

Bare: the same network's forward pass over ready tensors, in batches of the same size, without a gradient. Ours: all
that `python -m src.predict` does after loading the bundle: reading, encoding, network, probabilities, writing. They
alternate; of each the fastest counts, since anything else on the machine only adds time. With hidden layers [256, 256]
the network takes the time; with the lesson's [10, 10] reading and writing do. One row: a dictionary of the lesson's
columns to its probabilities, in a fresh process (from the shell, in seconds) and in a warm one (in milliseconds).
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch

from src import bundle
from src.config.dataset import Dataset
from src.config.mlp import Mlp
from src.data.prepare import prepare
from src.data.source import Source
from src.inference import Predictor
from src.machine import ROOT
from src.models.build import build
from src.models.network import AT_ONCE
from src.predicted_table import PredictedTable

REPEATS = 5
OPTIONS = {"rows": 1_000_000, "columns": 28, "json": False}
NETWORKS = {"[256, 256]": [256, 256], "[10, 10]": [10, 10]}
LESSON = {"bill_length_mm": 37.3, "bill_depth_mm": 16.8, "flipper_length_mm": 192.0, "body_mass_g": 3000.0}


def predictor(folder: Path, hidden: list[int], columns: list[str], rows: int = 2000) -> Predictor:
    """Untrained weights take the same time."""
    generator = np.random.default_rng(0)
    x = {name: generator.normal(20, 5, rows) for name in columns}
    pl.DataFrame(x | {"y": generator.integers(0, 3, rows)}).write_csv(folder / "train.csv")
    keys = {"name": "t", "path": "train.csv", "target": "y", "columns": {"numeric": columns}, "task": "multiclass"}
    prepared = prepare(Dataset.model_validate(keys), folder)
    features, facts = prepared.features, {"example": prepared.facts["example"]}
    model = Mlp(hidden=hidden).model_dump()
    network = build(model, features.input, features.output.d_out)
    bundle.write(folder / "bundle", dict(network.state_dict()), features, model, facts)
    return Predictor.load(folder / "bundle")


def bare(model: Predictor, x_num: torch.Tensor, x_cat: torch.Tensor) -> float:
    started, size = time.perf_counter(), AT_ONCE["cpu"]
    with torch.no_grad():
        for each in zip(torch.split(x_num, size), torch.split(x_cat, size), strict=True):
            model.bundle.network(*each)
    return time.perf_counter() - started


def ours(model: Predictor, folder: Path) -> float:
    started = time.perf_counter()
    PredictedTable(model, Source((folder / "in.parquet",))).write(folder / "out.parquet")
    return time.perf_counter() - started


def table(folder: Path, hidden: list[int], rows: int, columns: int) -> dict[str, float]:
    names = [f"x{number}" for number in range(columns)]
    model, generator = predictor(folder, hidden, names), np.random.default_rng(1)
    pl.DataFrame({name: generator.normal(20, 5, rows) for name in names}).write_parquet(folder / "in.parquet")
    tensors = model.features.encode(pl.read_parquet(folder / "in.parquet"))
    seconds = [(bare(model, *tensors), ours(model, folder)) for _ in range(REPEATS)]
    network, whole = (min(each) for each in zip(*seconds, strict=True))
    per_minute = round(rows / whole * 60)
    return {"network_s": round(network, 2), "predict_s": round(whole, 2), "ratio": round(whole / network, 2)} | {
        "rows_per_minute": per_minute
    }


def one_row(folder: Path) -> dict[str, float]:
    model = predictor(folder, [10, 10], [*LESSON])
    row = ",".join(map(str, LESSON.values()))
    command = [sys.executable, "-m", "src.predict", f"model={folder / 'bundle'}", f"row=[{row}]"]
    fresh, warm = [], []
    for _ in range(REPEATS):
        started = time.perf_counter()
        subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
        fresh.append(time.perf_counter() - started)
    for _ in range(100 * REPEATS):
        started = time.perf_counter()
        model.predict(pl.DataFrame([LESSON]))
        warm.append(time.perf_counter() - started)
    return {"fresh_process_s": round(min(fresh), 2), "warm_ms": round(1000 * float(np.median(warm)), 2)}


def main() -> None:
    given = dict(argument.split("=", 1) for argument in sys.argv[1:])
    options = OPTIONS | {key: json.loads(value) for key, value in given.items()}
    rows, columns = int(options["rows"]), int(options["columns"])
    figures: dict[str, Any] = {"case": f"{rows:,} rows x {columns} numbers, Parquet to Parquet"}
    for name, hidden in NETWORKS.items():
        with tempfile.TemporaryDirectory() as folder:
            found = table(Path(folder), hidden, rows, columns)
        figures |= {f"{name} {key}": value for key, value in found.items()}
    with tempfile.TemporaryDirectory() as folder:
        figures |= one_row(Path(folder))
    text = "\n".join(f"{key:<28}{value}" for key, value in figures.items())
    print(json.dumps(figures) if options["json"] else text)


if __name__ == "__main__":
    main()
