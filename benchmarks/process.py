"""How long a whole process takes, as a ratio to a script that one would write by hand for the same learning.

    python -m benchmarks.process                  prints a table: the lesson's network
    python -m benchmarks.process peers=true       beside scikit-learn, Lightning, skorch and keras on JAX (pip install
                                                  -c constraints.txt skorch keras jax)
    python -m benchmarks.process cases=lesson,small,large repeats=3   also 1,000,000 rows of 28 numbers, one epoch, with
                                                  hidden layers [10, 10] and [256, 256]
    python -m benchmarks.process json=true        prints JSON

The scripts are those of `benchmarks.scripts`: pandas reads the table; split, scaling, training with the rows validated
after each epoch (scikit-learn: once), accuracy on the test rows, saved weights. Ours is `python -m src.train`, from the
shell to the run in MLflow, with its report, a run folder and a database of its own each time. They alternate; of each
the fastest counts, since anything else on the machine only adds time. CPU seconds are those of all processes, in user
and system mode together.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.scripts import TRAINED, script
from benchmarks.speed import CASES, COLUMNS, write_table
from src.machine import ROOT

PENGUINS = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
OPTIONS = {"cases": "lesson", "peers": "false", "repeats": "5", "json": "false"}


def settings_of(case: str, tables: Path) -> dict[str, object]:
    """What stands in the scripts; as in the recipe of `benchmarks.speed`."""
    if case == "lesson":
        return {
            **{"path": "data/penguins.csv", "read": "read_csv", "target": "species", "columns": PENGUINS},
            **{"train": 0.55, "validation": 0.7, "hidden": [10, 10], "batch": 20, "epochs": 50, "lr": 1e-2},
            "threads": 1,
        }
    large = case == "large"
    return {
        **{"path": tables / "table.parquet", "read": "read_parquet", "target": "y"},
        **{"columns": [f"x{number}" for number in range(COLUMNS)], "train": 0.7, "validation": 0.85, "epochs": 1},
        **{"hidden": [256, 256] if large else [10, 10], "batch": 1024 if large else 256, "lr": 1e-3},
        "threads": 2 if large else 1,
    }


def command(tool: str, case: str, tables: Path, folder: Path) -> list[str]:
    """Of a Python process."""
    if tool == "rookery":
        options = [*CASES[case], f"hydra.run.dir={folder / 'run'}", "trainer.accelerator=cpu"]
        return ["-m", "src.train", *options, *([] if case == "lesson" else [f"--config-dir={tables}"])]
    return ["-c", script(tool, settings_of(case, tables) | {"folder": folder})]


@dataclass
class Times:
    """Of each repeat: wall and CPU seconds, of the process and of those that it started and waited for."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def measure(self, arguments: list[str], folder: Path) -> None:
        environment = os.environ | {"MLFLOW_TRACKING_URI": f"sqlite:///{folder / 'mlflow.db'}"}
        before, started = os.times(), time.perf_counter()
        subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, check=True)
        self.wall.append(time.perf_counter() - started)
        after = os.times()
        self.cpu.append(after.children_user + after.children_system - before.children_user - before.children_system)


def measure(case: str, tables: Path, peers: bool, repeats: int) -> dict[str, object]:
    times = {tool: Times() for tool in ("by hand", "rookery", *(TRAINED if peers else {}))}
    for _ in range(repeats):
        for tool, each in times.items():
            with tempfile.TemporaryDirectory() as folder:
                each.measure(command(tool, case, tables, Path(folder)), Path(folder))
    base, base_cpu = min(times["by hand"].wall), min(times["by hand"].cpu)
    return {
        "case": case,
        "by hand, s": round(base, 2),
        **{f"{tool}, s": round(min(each.wall), 2) for tool, each in times.items() if tool != "by hand"},
        "rookery, ratio": round(min(times["rookery"].wall) / base, 2),
        "rookery, ratio of CPU seconds": round(min(times["rookery"].cpu) / base_cpu, 2),
    }


def main() -> None:
    options = OPTIONS | dict(argument.split("=", 1) for argument in sys.argv[1:])
    with tempfile.TemporaryDirectory() as name:
        write_table(Path(name))
        cases = options["cases"].split(",")
        figures = [measure(case, Path(name), options["peers"] == "true", int(options["repeats"])) for case in cases]
    if options["json"] == "true":
        print(json.dumps(figures))
        return
    for each in figures:
        print("\n".join(f"{key:<32}{value}" for key, value in each.items()), end="\n\n")


if __name__ == "__main__":
    main()
