"""How long the training phase takes, as a ratio to the loop that one would write by hand, all in this process.

    python -m benchmarks.speed                          prints a table: the lesson's network, and 1,000,000 rows of 28
                                                        numbers with hidden layers [10, 10] and [256, 256]
    python -m benchmarks.speed peers=true               also scikit-learn, Lightning with a DataLoader, skorch, and
                                                        keras on JAX (pip install -c constraints.txt skorch keras jax)
    python -m benchmarks.speed cases=lesson repeats=9   some of lesson, small, large, grid (32 configurations of the
                                                        lesson's network side by side), folds (5 folds x 4 seeds),
                                                        ensemble (5 members); how often each is measured
    python -m benchmarks.speed device=gpu               on a GPU, ours and by hand; also huge: three hidden layers of
                                                        4096, batches of 16,384, products in bfloat16, with their share
                                                        of the rate that one large product reaches
    python -m benchmarks.speed json=true                prints JSON

By hand: `benchmarks.by_hand`. Ours: `src.trainer.fit`, all that Lightning does before and after included, with history
and checkpoints on the disk; compiled: without the seconds of compiling, which stand beside it. The same rows, batches,
epochs, precision and threads; the validation losses are shown. They alternate; of each the fastest counts, since
anything else on the machine only adds time.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
import torch

from benchmarks import by_hand
from src import trainer
from src.assemble import assemble
from src.config.compose import compose
from src.config.config import Config
from src.data.prepare import prepare
from src.data.prepared import Prepared
from src.machine import ROOT
from src.population import Population
from src.recorder import Recorder
from src.run_folder import RunFolder
from src.signals import StopFlag

ROWS, COLUMNS = 1_000_000, 28
TABLE = (
    *("dataset=table", "optimizer=adam", "scheduler=none"),
    *("trainer.early_stopping=null", "trainer.max_epochs=1"),
)
CASES: dict[str, tuple[str, ...]] = {
    "lesson": ("experiment=penguins_lesson",),
    "small": (*TABLE, "model.hidden=[10,10]", "trainer.batch_size=256"),
    "large": (*TABLE, "model.hidden=[256,256]", "trainer.batch_size=1024"),
}
ON_GPU = {
    "huge": (*TABLE, "model.hidden=[4096,4096,4096]", "trainer.batch_size=16384", "trainer.precision=bf16"),
}


SIDE_BY_SIDE: dict[str, list[tuple[str, ...]]] = {
    "grid": [(f"seed={seed}", f"optimizer.lr={lr}") for seed in range(16) for lr in (1e-3, 1e-2)],
    "folds": [
        ("dataset.split.folds=5", f"dataset.split.fold={fold}", f"seed={seed}")
        for fold in range(5)
        for seed in range(4)
    ],
    "ensemble": [(f"seed={seed}",) for seed in range(5)],
}


@dataclass
class Times:
    """Seconds of each repeat, those of compiling not counted, and the validation loss of the last epoch."""

    seconds: list[float] = field(default_factory=list)
    compiling: list[float] = field(default_factory=list)
    loss: float = 0.0

    def measure(self, train: Callable[[Config, Prepared], float], config: Config, prepared: Prepared) -> None:
        """One more training."""
        started = time.perf_counter()
        self.loss = train(config, prepared)
        self.seconds.append(time.perf_counter() - started)


def ours(times: Times, config: Config, prepared: Prepared) -> int:
    """One more training, with everything that a run does: history on disk, checkpoints. The threads it takes."""
    with StopFlag() as stop, tempfile.TemporaryDirectory() as folder:
        learner = assemble(config, prepared, stop)
        run = RunFolder.create(Path(folder) / "run", config, {}, [])
        with run:
            learner.listener = Recorder(run, config.trainer.checkpoint_seconds, {}, learner.plan.max_epochs)
            started = time.perf_counter()
            trainer.fit(learner, config.trainer)
            times.compiling.append(learner.seconds_of_compiling)
            times.seconds.append(time.perf_counter() - started - times.compiling[-1])
        lines = (run.path / "history.jsonl").read_text().splitlines()
    times.loss = json.loads(lines[-1])["validation/loss"]
    return learner.plan.threads


def measure(
    name: str, overrides: Sequence[str], config_dir: Path, repeats: int, peers: bool, device: str = "cpu"
) -> dict[str, object]:
    of = partial(compose, config_dir=config_dir)
    always = [*overrides, "tracking=none", f"trainer.accelerator={device}"]
    eager, compiled = (of([*always, f"trainer.compile={each}"]).config for each in ("false", "true"))
    prepared = prepare(eager.dataset, ROOT)
    others: dict[str, Callable[[Config, Prepared], float]] = {"by hand": by_hand.train}
    if peers:
        from benchmarks.peers import PEERS

        others |= PEERS
    times, threads = alternately(eager, compiled, prepared, others, repeats)
    base = min(times["by hand"].seconds)
    return {
        "case": name,
        "threads": threads,
        "by hand, s": round(base, 4),
        **{each: round(min(times[each].seconds) / base, 3) for each in times if each != "by hand"},
        "compiling, s": round(max(times["compiled"].compiling), 1),
        **({} if name not in ON_GPU else {"share of the products' rate": _share_of_rate(times, eager, prepared)}),
        "validation losses": ", ".join(f"{each} {times[each].loss:.4f}" for each in times),
    }


def _share_of_rate(times: Mapping[str, Times], config: Config, prepared: Prepared) -> str:
    """What the multiplications of an epoch would take at the rate of one product of 8192 x 8192, of what it takes."""
    a = torch.randn(8192, 8192, device="cuda", dtype=torch.bfloat16)
    for _ in range(3):
        a @ a
    torch.cuda.synchronize()
    started = time.perf_counter()
    for _ in range(20):
        a @ a
    torch.cuda.synchronize()
    rate = 20 * 8192**3 / (time.perf_counter() - started)
    network = by_hand.network_of(config, prepared)
    weights = sum(each.numel() for each in network.parameters() if each.ndim == 2)
    trained, measured = len(prepared.parts["train"]), len(prepared.parts["validation"])
    needed = (3 * trained + measured) * weights / rate  # forward, and backward for weights and inputs
    return ", ".join(f"{name} {needed / min(each.seconds):.2f}" for name, each in times.items())


def alternately(
    eager: Config,
    compiled: Config,
    prepared: Prepared,
    others: Mapping[str, Callable[[Config, Prepared], float]],
    repeats: int,
) -> tuple[dict[str, Times], int]:
    """Ours and the others, which have the same threads; how many these are."""
    times = {name: Times() for name in ("compiled", "eager", *others)}
    for _ in range(repeats):
        threads = ours(times["eager"], eager, prepared)
        ours(times["compiled"], compiled, prepared)
        for other, train in others.items():
            torch.set_num_threads(threads)
            times[other].measure(train, eager, prepared)
    return times, threads


def side_by_side(name: str, repeats: int) -> dict[str, object]:
    """Runs of the lesson's network in one process, as a ratio to one loop by hand."""
    always = [*CASES["lesson"], "tracking=none", "trainer=cpu", "trainer.compile=true"]
    configs = [compose([*always, *own]).config for own in SIDE_BY_SIDE[name]]
    shared = dict[str, Prepared]()
    prepared = [shared.setdefault(str(each.dataset), prepare(each.dataset, ROOT)) for each in configs]
    times = {each: Times() for each in ("eager", "compiled", "by hand")}
    for _ in range(repeats):
        for programs in (False, True):
            of_population(times["compiled" if programs else "eager"], configs, prepared, programs)
        torch.set_num_threads(1)
        times["by hand"].measure(by_hand.train, configs[0], prepared[0])
    base = min(times["by hand"].seconds)
    return {
        "case": f"{name}: {len(configs)} runs side by side",
        "by hand, s": round(base, 4),
        **{each: round(min(times[each].seconds) / base, 3) for each in ("eager", "compiled")},
        "compiling, s": round(max(times["compiled"].compiling), 1),
        "validation losses": ", ".join(f"{each} {times[each].loss:.4f}" for each in times),
    }


def of_population(times: Times, configs: Sequence[Config], prepared: Sequence[Prepared], programs: bool) -> None:
    """One more training of all; the loss is that of the first."""
    with StopFlag() as stop, tempfile.TemporaryDirectory() as folder, ExitStack() as entered:
        learners = [assemble(*each, stop, together=True) for each in zip(configs, prepared, strict=True)]
        for number, (learner, config) in enumerate(zip(learners, configs, strict=True)):
            run = entered.enter_context(RunFolder.create(Path(folder) / str(number), config, {}, []))
            learner.listener = Recorder(run, config.trainer.checkpoint_seconds, {}, config.trainer.max_epochs)
        population, started = Population(learners, stop, programs), time.perf_counter()
        population.train()
        times.compiling.append(population.seconds_of_compiling)
        times.seconds.append(time.perf_counter() - started - times.compiling[-1])
        lines = (Path(folder) / "0" / "history.jsonl").read_text().splitlines()
    times.loss = json.loads(lines[-1])["validation/loss"]


def write_table(folder: Path, rows: int = ROWS) -> None:
    """table.parquet, two classes that a network of two layers can tell apart, and the file that describes it."""
    generator = np.random.default_rng(0)
    x = generator.standard_normal((rows, COLUMNS), dtype=np.float32)
    y = np.sin(x[:, 0] * 2) + x[:, 1] * x[:, 2] + 0.5 * generator.standard_normal(rows) > 0
    columns = {f"x{number}": x[:, number] for number in range(COLUMNS)}
    pl.DataFrame(columns | {"y": y}).write_parquet(folder / "table.parquet")
    (folder / "dataset").mkdir()
    described = {"name": "table", "path": str(folder / "table.parquet"), "target": "y"}
    (folder / "dataset" / "table.yaml").write_text(json.dumps(described | {"columns": {"numeric": list(columns)}}))


def main() -> None:
    options = {"repeats": "5", "peers": "false", "json": "false", "device": "cpu"}
    options |= dict(argument.split("=", 1) for argument in sys.argv[1:])
    device = options["device"]
    cases = CASES | (ON_GPU if device == "gpu" else {})
    wanted = options.get("cases", ",".join([*cases, *(SIDE_BY_SIDE if device == "cpu" else {})]))
    repeats, peers = int(options["repeats"]), options["peers"] == "true"
    with tempfile.TemporaryDirectory() as name:
        write_table(Path(name))
        figures = [
            measure(case, cases[case], Path(name), repeats, peers, device)
            if case in cases
            else side_by_side(case, repeats)
            for case in wanted.split(",")
        ]
    if options["json"] == "true":
        print(json.dumps(figures))
        return
    for each in figures:
        print("\n".join(f"{key:<20}{value}" for key, value in each.items()), end="\n\n")


if __name__ == "__main__":
    main()
