"""How long the training phase takes, as a ratio to the loop that one would write by hand, both in this process.

    python -m benchmarks.speed                          prints a table: the lesson's network, and 1,000,000 rows of 28
                                                        numbers with hidden layers [10, 10] and [256, 256]
    python -m benchmarks.speed cases=lesson repeats=9   some of lesson, small, large; how often each is measured
    python -m benchmarks.speed json=true                prints JSON

By hand: scaling, a permutation for each epoch, slices as batches, torch.optim.Adam, validation loss and accuracy
after each epoch, best weights kept. Ours: `src.trainer.fit`, all that Lightning does before and after included, with
history and checkpoints on the disk; compiled: without the seconds of compiling, which are shown beside it. The same
batches, epochs, precision and threads; the losses are shown. Runs alternate; of each the fastest counts, since anything
else on the machine only adds time.
"""

import copy
import itertools
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from src import trainer
from src.assemble import assemble
from src.config.compose import compose
from src.config.config import Config
from src.data.prepare import prepare
from src.data.prepared import Prepared
from src.machine import ROOT
from src.recorder import Recorder
from src.run_folder import RunFolder
from src.signals import StopFlag

ROWS, COLUMNS = 1_000_000, 28
_TABLE = (
    *("dataset=table", "optimizer=adam", "scheduler=none"),
    *("trainer.early_stopping=null", "trainer.max_epochs=1"),
)
CASES: dict[str, tuple[str, ...]] = {
    "lesson": ("experiment=penguins_lesson",),
    "small": (*_TABLE, "model.hidden=[10,10]", "trainer.batch_size=256"),
    "large": (*_TABLE, "model.hidden=[256,256]", "trainer.batch_size=1024"),
}


@dataclass
class Times:
    """Seconds of each repeat, and the validation loss of the last epoch."""

    seconds: list[float] = field(default_factory=list)
    loss: float = 0.0


def by_hand(config: Config, prepared: Prepared, threads: int, times: Times) -> None:
    """One more training."""
    torch.set_num_threads(threads)
    started = time.perf_counter()
    spec = prepared.features.input
    parts = {}
    for name in ("train", "validation"):
        part = prepared.parts[name]
        filled = torch.where(part.x_num.isnan(), torch.tensor(spec.impute), part.x_num)
        parts[name] = ((filled - torch.tensor(spec.center)) / torch.tensor(spec.scale), part.y.long())
    classes = len(prepared.features.output.classes)
    torch.manual_seed(0)
    network, batch_size = _network(config, len(spec.numeric), 1 if classes == 2 else classes), config.trainer.batch_size
    assert batch_size != "auto", "equal work needs a number"
    (x, y), (x_validation, y_validation) = parts["train"], parts["validation"]
    best, best_loss = network.state_dict(), float("inf")
    optimizer = torch.optim.Adam(network.parameters(), lr=config.optimizer.lr)
    for _ in range(config.trainer.max_epochs):
        network.train()
        order = torch.randperm(len(y))
        for start in range(0, len(y), batch_size):
            batch = order[start : start + batch_size]
            optimizer.zero_grad()
            loss = _loss(network(x[batch]), y[batch])
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        network.eval()
        with torch.no_grad():
            logits = network(x_validation)
            times.loss = _loss(logits, y_validation).item()
            chosen = logits.argmax(1) if classes > 2 else (logits[:, 0] > 0).long()
            (chosen == y_validation).float().mean().item()
        if times.loss < best_loss:
            best, best_loss = copy.deepcopy(network.state_dict()), times.loss
    assert best
    times.seconds.append(time.perf_counter() - started)


def _network(config: Config, d_in: int, d_out: int) -> nn.Sequential:
    widths = [d_in, *config.model.model_dump()["hidden"]]
    hidden = [layer for i, o in itertools.pairwise(widths) for layer in (nn.Linear(i, o), nn.ReLU())]
    return nn.Sequential(*hidden, nn.Linear(widths[-1], d_out))


def _loss(logits: Tensor, y: Tensor) -> Tensor:
    if logits.shape[1] > 1:
        return F.cross_entropy(logits, y)
    return F.binary_cross_entropy_with_logits(logits[:, 0], y.float())


def ours(config: Config, prepared: Prepared, times: Times) -> int:
    """One more training, with everything that a run does: history on disk, checkpoints. The threads it takes."""
    with StopFlag() as stop, tempfile.TemporaryDirectory() as folder:
        learner = assemble(config, prepared, stop)
        run = RunFolder.create(Path(folder) / "run", config, {}, [])
        with run:
            learner.listener = Recorder(run, config.trainer.checkpoint_seconds, {}, learner.plan.max_epochs)
            started = time.perf_counter()
            trainer.fit(learner, config.trainer)
            times.seconds.append(time.perf_counter() - started - learner.steps.seconds_of_compiling)
        lines = (run.path / "history.jsonl").read_text().splitlines()
    times.loss = json.loads(lines[-1])["validation/loss"]
    return learner.plan.threads


def measure(name: str, overrides: Sequence[str], config_dir: Path, repeats: int) -> dict[str, str | float]:
    configs = {
        kind: compose([*overrides, "tracking=none", "trainer=cpu", *more], config_dir).config
        for kind, more in (("eager", ["trainer.compile=false"]), ("compiled", ["trainer.compile=true"]))
    }
    prepared = prepare(configs["eager"].dataset, ROOT)
    hand, eager, compiled = Times(), Times(), Times()
    for _ in range(repeats):
        threads = ours(configs["eager"], prepared, eager)
        ours(configs["compiled"], prepared, compiled)
        by_hand(configs["eager"], prepared, threads, hand)
    base = min(hand.seconds)
    return {
        "case": name,
        "by_hand_s": round(base, 4),
        "eager": round(min(eager.seconds) / base, 3),
        "compiled": round(min(compiled.seconds) / base, 3),
        "threads": threads,
        "loss by hand, eager, compiled": ", ".join(f"{each.loss:.4f}" for each in (hand, eager, compiled)),
    }


def write_table(folder: Path) -> None:
    """table.parquet, two classes that a network of two layers can tell apart, and the file that describes it."""
    generator = np.random.default_rng(0)
    x = generator.standard_normal((ROWS, COLUMNS), dtype=np.float32)
    y = np.sin(x[:, 0] * 2) + x[:, 1] * x[:, 2] + 0.5 * generator.standard_normal(ROWS) > 0
    columns = {f"x{number}": x[:, number] for number in range(COLUMNS)}
    pl.DataFrame(columns | {"y": y}).write_parquet(folder / "table.parquet")
    (folder / "dataset").mkdir()
    described = {"name": "table", "path": str(folder / "table.parquet"), "target": "y"}
    (folder / "dataset" / "table.yaml").write_text(json.dumps(described | {"columns": {"numeric": list(columns)}}))


def main() -> None:
    options = {"cases": ",".join(CASES), "repeats": "5", "json": "false"}
    options |= dict(argument.split("=", 1) for argument in sys.argv[1:])
    with tempfile.TemporaryDirectory() as name:
        write_table(Path(name))
        figures = [
            measure(case, CASES[case], Path(name), int(options["repeats"])) for case in options["cases"].split(",")
        ]
    if options["json"] == "true":
        print(json.dumps(figures))
        return
    for each in figures:
        print("\n".join(f"{key:<32}{value}" for key, value in each.items()), end="\n\n")


if __name__ == "__main__":
    main()
