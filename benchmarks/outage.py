"""What a server of MLflow that is gone costs a training, as a ratio to one that is there.

    python -m benchmarks.outage              prints a table
    python -m benchmarks.outage json=true    prints JSON

Pairs of the same training in this process, one with a real `mlflow server`, one with an address where nobody answers,
in alternating order after one that is not counted. Compared are the seconds of the training phase, as the run prints
them, and the CPU seconds of this process, to which other work on the machine does little; of each the median of the
ratios of the pairs. `end`: from the metrics, which come after the training, until MLflow has all or is given up.
"""

import contextlib
import json
import os
import re
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from src.config.compose import compose
from src.pipeline import train
from tests.mlflow_server import free_port, mlflow_server

PAIRS = 7
EPOCHS = 1000


@dataclass(frozen=True)
class Costs:
    """Seconds."""

    wall: float
    cpu: float
    end: float


def costs(uri: str, folder: Path) -> Costs:
    options = ["experiment=penguins_lesson", "trainer=cpu", f"trainer.max_epochs={EPOCHS}", f"tracking.uri={uri}"]
    config = compose(options).config
    started = time.process_time()
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        train(config, folder)
    of_cpu, end = time.process_time() - started, time.time() - (folder / "metrics.json").stat().st_mtime
    found = re.search(r"^trained .* in ([\d.]+) s", (folder / "log.txt").read_text(), re.MULTILINE)
    assert found is not None
    return Costs(float(found[1]), of_cpu, end)


def main() -> None:
    pairs: list[tuple[Costs, Costs]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with mlflow_server(f"sqlite:///{folder}/mlflow.db", folder) as there:
            dead = f"http://127.0.0.1:{free_port()}"
            costs(there, folder / "first")
            for number in range(PAIRS):
                order = (there, dead) if number % 2 else (dead, there)
                found = {uri: costs(uri, folder / f"{number}_{uri == dead}") for uri in order}
                pairs.append((found[there], found[dead]))
    figures = {
        "case": f"lesson's network, {EPOCHS} epochs, {PAIRS} pairs",
        "there_s": round(median(there.wall for there, _ in pairs), 2),
        "dead_s": round(median(dead.wall for _, dead in pairs), 2),
        "ratio": round(median(dead.wall / there.wall for there, dead in pairs), 3),
        "cpu_ratio": round(median(dead.cpu / there.cpu for there, dead in pairs), 3),
        "there_end_s": round(median(there.end for there, _ in pairs), 1),
        "dead_end_s": round(median(dead.end for _, dead in pairs), 1),
    }
    table = "\n".join(f"{name:<16}{value}" for name, value in figures.items())
    print(json.dumps(figures) if sys.argv[1:] == ["json=true"] else table)


if __name__ == "__main__":
    main()
