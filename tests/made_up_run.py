"""Run folders as the pipeline leaves them, without the training."""

import json
import os
import socket
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

CONFIG = """\
# 0123456789abcdef
dataset:
  name: penguins
  path: data/penguins.csv
  target: species
  columns: {numeric: [bill, mass], categorical: [island]}
  derive: {}
model: {name: mlp, hidden: [10, 10], dropout: 0.0}
optimizer: {name: adam, lr: 0.001}
seed: 0
tracking: {enabled: true, uri: null, experiment: rookery, run_name: null}
"""


def line(epoch: int, loss: float | None = None) -> dict[str, float]:
    """What is written after an epoch."""
    loss = 1 / epoch if loss is None else loss
    return {"epoch": epoch, "step": 12 * epoch, "train/loss": loss, "validation/loss": loss + 0.1, "lr": 1e-3}


def make_run(folder: Path, epochs: int = 3, **facts: Any) -> Path:
    """A finished run unless `facts` says otherwise."""
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(CONFIG)
    write_history(folder, [line(epoch) for epoch in range(1, epochs + 1)])
    metrics = {"test": {"accuracy": 0.9, "log_loss": 0.3}, "validation": {"accuracy": 0.8, "log_loss": 0.4}}
    (folder / "metrics.json").write_text(json.dumps(metrics))
    (folder / "log.txt").write_text("trained\n")
    (folder / "plots").mkdir()
    (folder / "plots" / "confusion.csv").write_text("truth,prediction\n")
    (folder / "checkpoints").mkdir()
    (folder / "checkpoints" / "last.ckpt").write_text("large")
    return update(folder, **_facts() | facts)


def update(folder: Path, **facts: Any) -> Path:
    """Changes run.json."""
    path = folder / "run.json"
    before = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(before | facts))
    return folder


def write_history(folder: Path, lines: Sequence[Mapping[str, object]]) -> None:
    (folder / "history.jsonl").write_text("".join(json.dumps(each) + "\n" for each in lines))


def make_grid(folder: Path, jobs: int, **facts: Any) -> Path:
    """Jobs 0 to jobs - 1 with 10, 20, … hidden neurons; the last one is the best."""
    grid = {"uuid": uuid.uuid4().hex, "name": f"grid of {jobs}", "status": "finished"} | TIMES | facts
    listed = []
    for job in range(jobs):
        overrides = [f"model.hidden=[{10 * (job + 1)}]", "seed=3"]
        make_run(folder / str(job), parent=grid["uuid"], grid_job=job, name=f"job {job}", overrides=overrides)
        (folder / str(job) / "metrics.json").write_text(
            json.dumps(
                {"test": {"accuracy": 0.5 + job / 10}, "validation": {"accuracy": 0.6 + job / 10, "log_loss": 1.0}}
            )
        )
        listed.append({"job": job, "overrides": overrides, "folder": str(job), "exit_code": 0})
    (folder / "grid.json").write_text(json.dumps(grid | {"jobs": listed}))
    return folder


TIMES = {"started": "2026-01-02T03:04:05+00:00", "ended": "2026-01-02T03:05:05+00:00"}


def _facts() -> dict[str, Any]:
    return TIMES | {
        "uuid": uuid.uuid4().hex,
        "status": "finished",
        "name": "penguins mlp [10, 10]",
        "command": "python -m src.train",
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "parent": None,
        "grid_job": None,
        "config_hash": "0123456789abcdef",
        "overrides": [],
        "git": {"commit": "c" * 40, "branch": "main", "dirty": False},
        "dvc": {"experiment": "mixed-up", "baseline": "b" * 40},
        "data": {
            "path": "data/penguins.csv",
            "sha256": "f204db2c" + "0" * 56,
            "dvc": "d" * 32,
            "dvc_state": "same",
            "target": "species",
            "rows": {"train": 7, "validation": 2, "test": 1},
        },
        "columns": {"bill": "number", "mass": "number", "island": "text", "species": "text"},
        "versions": {"torch": "2.13.0"},
        "device": "cpu",
        "precision": "32",
        "threads": 1,
        "parameters": 193,
        "error": None,
    }
