"""How long the training phase takes, as a ratio to the loop that one would write by hand, both in this process.

    python -m benchmarks.speed              prints a table
    python -m benchmarks.speed json=true    prints JSON

By hand: scaled tensors, a permutation for each epoch, slices as batches, torch.optim.Adam, validation loss and accuracy
after each epoch, best weights kept. Ours: `src.trainer.fit`, all that Lightning does before and after included.
Runs alternate; of each the fastest counts, since anything else on the machine only adds time.
"""

import copy
import json
import sys
import tempfile
import time
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from src import trainer
from src.assemble import assemble
from src.config.compose import compose
from src.data.prepare import prepare
from src.data.prepared import Prepared
from src.machine import ROOT
from src.recorder import Recorder
from src.run_folder import RunFolder
from src.signals import StopFlag

REPEATS = 7
LESSON = ["experiment=penguins_lesson", "tracking=none"]


def by_hand(prepared: Prepared, epochs: int, batch_size: int, lr: float) -> float:
    """Seconds."""
    spec = prepared.features.input
    parts = {}
    for name, part in prepared.parts.items():
        filled = torch.where(part.x_num.isnan(), torch.tensor(spec.impute), part.x_num)
        parts[name] = ((filled - torch.tensor(spec.center)) / torch.tensor(spec.scale), part.y)
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(4, 10), nn.ReLU(), nn.Linear(10, 10), nn.ReLU(), nn.Linear(10, 3))
    (x, y), (x_validation, y_validation) = parts["train"], parts["validation"]
    best, best_loss = network.state_dict(), float("inf")
    started = time.perf_counter()
    optimizer = torch.optim.Adam(network.parameters(), lr=lr)
    for _ in range(epochs):
        network.train()
        order = torch.randperm(len(y))
        for start in range(0, len(y), batch_size):
            batch = order[start : start + batch_size]
            optimizer.zero_grad()
            loss = F.cross_entropy(network(x[batch]), y[batch])
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        network.eval()
        with torch.no_grad():
            logits = network(x_validation)
            validation_loss = F.cross_entropy(logits, y_validation).item()
            (logits.argmax(1) == y_validation).float().mean().item()
        if validation_loss < best_loss:
            best, best_loss = copy.deepcopy(network.state_dict()), validation_loss
    assert best
    return time.perf_counter() - started


def ours(overrides: list[str], prepared: Prepared) -> float:
    """Seconds, with everything that a run does: history on disk, checkpoints."""
    config = compose(overrides).config
    with StopFlag() as stop, tempfile.TemporaryDirectory() as folder:
        learner = assemble(config, prepared, stop)
        run = RunFolder.create(Path(folder) / "run", config, {}, [])
        with run:
            learner.listener = Recorder(run, config.trainer.checkpoint_seconds, {}, learner.plan.max_epochs)
            started = time.perf_counter()
            trainer.fit(learner, config.trainer)
            return time.perf_counter() - started


def main() -> None:
    prepared = prepare(compose(LESSON).config.dataset, ROOT)
    torch.set_num_threads(1)
    settings = compose(LESSON).config
    batch_size = settings.trainer.batch_size
    assert batch_size != "auto", "the lesson says 20"
    hand, rookery = [], []
    for _ in range(REPEATS):
        hand.append(by_hand(prepared, settings.trainer.max_epochs, batch_size, settings.optimizer.lr))
        rookery.append(ours(LESSON, prepared))
    figures = {
        "case": "lesson's network, batch 20, 50 epochs",
        "by_hand_s": round(min(hand), 4),
        "rookery_s": round(min(rookery), 4),
        "ratio": round(min(rookery) / min(hand), 3),
    }
    table = "\n".join(f"{name:<12}{value}" for name, value in figures.items())
    print(json.dumps(figures) if sys.argv[1:] == ["json=true"] else table)


if __name__ == "__main__":
    main()
