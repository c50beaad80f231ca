"""Short runs for tests, in this process: importing torch and Lightning anew costs seconds."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from src.config.compose import compose
from src.config.config import Config
from src.fit import Metrics
from src.pipeline import train
from src.recorder import Recorder

ROOT = Path(__file__).resolve().parents[1]
ALWAYS = ("trainer=cpu", "tracking=none", "evaluation.report=false")


def config_of(*overrides: str, config_dir: Path | None = None) -> Config:
    return compose([*ALWAYS, *overrides], config_dir).config


def run_in(folder: Path, *overrides: str, config_dir: Path | None = None) -> Metrics:
    """Trains into `folder`; returns the metrics."""
    composed = compose([*ALWAYS, *overrides], config_dir)
    return train(composed.config, folder, overrides, files=composed.files)


def resume(folder: Path, config: Config) -> Metrics:
    return train(config, folder, resume=True)


class Killed(BaseException):
    """What nobody catches."""


@contextmanager
def killed_at(border: int, written: bool = True) -> Iterator[None]:
    """A run in here is killed at its border number `border`, before or after the checkpoint is written there."""
    write, seen = Recorder.write_last, 0

    def killing(recorder: Recorder, state: dict[str, object]) -> None:
        nonlocal seen
        seen += 1
        if seen < border or written:
            write(recorder, state)
        if seen == border:
            raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Recorder, "write_last", killing)
        with pytest.raises(Killed):
            yield


def table_of(folder: Path, rows: Mapping[str, Sequence[Any]], **dataset: Any) -> Path:
    """Writes a CSV file and conf/dataset/own.yaml that describes it; returns conf, for `config_dir`.

    Every column but the first, the target, is numeric unless `dataset` says otherwise.
    """
    names = list(rows)
    lines = [",".join(names), *(",".join(map(str, row)) for row in zip(*rows.values(), strict=True))]
    section = {"target": names[0], "columns": {"numeric": names[1:]}} | dataset
    return dataset_of(folder, "\n".join(lines) + "\n", section)


def dataset_of(folder: Path, csv: str | bytes, dataset: dict[str, Any]) -> Path:
    """The same with the file as it is."""
    path = folder / "table.csv"
    path.write_bytes(csv if isinstance(csv, bytes) else csv.encode())
    conf = folder / "conf"
    (conf / "dataset").mkdir(parents=True, exist_ok=True)
    section = {"name": "own", "path": str(path)} | dataset
    (conf / "dataset" / "own.yaml").write_text(json.dumps(section, indent=1))  # JSON is YAML
    return conf


def start(module: str, *arguments: str, cwd: Path) -> subprocess.Popen[str]:
    """`python -m module arguments` in a process of its own, as from a shell in the folder `cwd`: without what a run and
    Polars (for its allocator) leave in the environment."""
    left = ("ROOKERY_", "_RJEM_MALLOC_CONF")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left)}
    environment = kept | {"PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.Popen(command, cwd=cwd, env=environment, stdout=pipe, stderr=pipe, text=True)


def wait_for(fact: Callable[[], object], process: subprocess.Popen[str], seconds: float = 120) -> None:
    """Until the fact is one. Fails if the process ends before or it takes too long."""
    deadline = time.monotonic() + seconds
    while not fact():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(0.02)


def epochs_of(folder: Path) -> int:
    """Lines of history so far."""
    history = folder / "history.jsonl"
    return len(history.read_bytes().splitlines()) if history.exists() else 0


def record_of(folder: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((folder / "run.json").read_text())
    return record


def result_of(folder: Path) -> dict[str, bytes]:
    """The bytes of all that a run is measured by."""
    names = ("history.jsonl", "metrics.json", "bundle/weights.safetensors", "predictions.parquet")
    return {name: (folder / name).read_bytes() for name in names}
