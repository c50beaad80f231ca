"""How long a whole process takes, as a ratio to a script that one would write by hand for the same learning.

    python -m benchmarks.process              prints a table
    python -m benchmarks.process json=true    prints JSON

By hand: pandas reads the table; split, scaling, torch.optim.Adam in a plain loop, accuracy on the test rows,
torch.save. Ours: `python -m src.train experiment=penguins_lesson`, from the shell to the run in MLflow, with a run
folder and a database of its own each time. They alternate; of each the fastest counts, since anything else on the
machine only adds time. CPU seconds are those of all processes, in user and system mode together.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from src.machine import ROOT

REPEATS = 5
BY_HAND = """
import pandas as pd
import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
torch.set_num_threads(1)
table = pd.read_csv("data/penguins.csv").dropna(subset=["flipper_length_mm"]).sample(frac=1, random_state=0)
features = table[["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]]
classes = table["species"].astype("category").cat.codes
train, validation = int(0.55 * len(table)), int(0.70 * len(table))
scaled = (features - features[:train].mean()) / features[:train].std()
x = torch.tensor(scaled.to_numpy(), dtype=torch.float32)
y = torch.tensor(classes.to_numpy(), dtype=torch.int64)
network = nn.Sequential(nn.Linear(4, 10), nn.ReLU(), nn.Linear(10, 10), nn.ReLU(), nn.Linear(10, 3))
optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
for epoch in range(50):
    order = torch.randperm(train)
    for start in range(0, train, 20):
        batch = order[start : start + 20]
        optimizer.zero_grad()
        loss = F.cross_entropy(network(x[batch]), y[batch])
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        logits = network(x[train:validation])
        validation_loss = F.cross_entropy(logits, y[train:validation]).item()
        accuracy = (logits.argmax(1) == y[train:validation]).float().mean().item()
    print(f"epoch {epoch + 1}: validation loss {validation_loss:.4f}, accuracy {accuracy:.4f}")
with torch.no_grad():
    print("test accuracy", (network(x[validation:]).argmax(1) == y[validation:]).float().mean().item())
torch.save(network.state_dict(), "{folder}/weights.pt")
"""


def by_hand(folder: Path) -> list[str]:
    return ["-c", BY_HAND.replace("{folder}", str(folder))]


def ours(folder: Path) -> list[str]:
    return ["-m", "src.train", "experiment=penguins_lesson", f"hydra.run.dir={folder / 'run'}"]


def measure(arguments: list[str], folder: Path) -> tuple[float, float]:
    """Wall and CPU seconds of a Python process, and of those that it started and waited for."""
    environment = os.environ | {"MLFLOW_TRACKING_URI": f"sqlite:///{folder / 'mlflow.db'}"}
    before, started = os.times(), time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, check=True)
    seconds, after = time.perf_counter() - started, os.times()
    return seconds, after.children_user + after.children_system - before.children_user - before.children_system


def main() -> None:
    wall: dict[str, list[float]] = {"by_hand": [], "rookery": []}
    cpu: dict[str, list[float]] = {"by_hand": [], "rookery": []}
    for _ in range(REPEATS):
        for name, arguments in (("by_hand", by_hand), ("rookery", ours)):
            with tempfile.TemporaryDirectory() as folder:
                seconds, of_cpu = measure(arguments(Path(folder)), Path(folder))
            wall[name].append(seconds)
            cpu[name].append(of_cpu)
    figures = {
        "case": "lesson's network, batch 20, 50 epochs, whole processes",
        **{f"{name}_s": round(min(each), 2) for name, each in wall.items()},
        "ratio": round(min(wall["rookery"]) / min(wall["by_hand"]), 2),
        **{f"{name}_cpu_s": round(min(each), 2) for name, each in cpu.items()},
        "cpu_ratio": round(min(cpu["rookery"]) / min(cpu["by_hand"]), 2),
    }
    table = "\n".join(f"{name:<16}{value}" for name, value in figures.items())
    print(json.dumps(figures) if sys.argv[1:] == ["json=true"] else table)


if __name__ == "__main__":
    main()
