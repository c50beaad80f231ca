"""Tries out learning rates or batch sizes on a network that is thrown away afterwards."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from src import atomic, plots
from src.config.config import Config
from src.data import cache
from src.finders import batch_size, lr
from src.finders.untrained import untrained
from src.learner import Learner
from src.machine import ROOT
from src.run_folder import refuse_used
from src.signals import StopFlag

_SHOWN = 12  # lines of a curve


def find(what: str, config: Config, folder: Path) -> Iterator[str]:
    """`what` is a key of FINDERS. Lines for the user, as they come; the figures are written into `folder`."""
    refuse_used(folder)
    prepared = cache.prepared(config.dataset, ROOT, ROOT / cache.FOLDER)
    with StopFlag() as stop:
        learner = untrained(config, prepared, stop)
        folder.mkdir(parents=True, exist_ok=True)
        yield from FINDERS[what](learner, folder)


def _learning_rates(learner: Learner, folder: Path) -> Iterator[str]:
    curve = lr.range_test(learner)
    yield f"{'lr':<12}loss"
    for step in range(0, len(curve.lr), max(1, len(curve.lr) // _SHOWN)):
        yield f"{curve.lr[step]:<12.2g}{curve.smooth[step]:.4g}"
    steepest = curve.steepest
    if steepest is None:
        yield f"{'suggestion':<12}none: the loss does not fall at any learning rate; look at the data and the network"
    else:
        yield f"{'suggestion':<12}optimizer.lr={steepest:.2g}, where the loss falls fastest"
    yield f"{'upper limit':<12}{curve.lowest:.2g}, where the loss is smallest: beyond it the training jumps"
    marked = {"steepest": steepest, "lowest": curve.lowest}
    atomic.write_json(folder / "lr.json", {**asdict(curve), **marked})
    plots.range_test(curve.lr, curve.smooth, {name: each for name, each in marked.items() if each is not None}, folder)
    yield f"{'written':<12}{folder / 'lr.png'}, lr.json"


def _batch_sizes(learner: Learner, folder: Path) -> Iterator[str]:
    yield f"{'batch_size':<12}{'ms a step':>10}{'rows/s':>12}{'MiB':>8}"
    measured = []
    for each in batch_size.measure(learner):
        measured.append(each)
        milliseconds, mebibytes = each.seconds * 1e3, each.memory >> 20
        yield f"{each.batch_size:<12}{milliseconds:>10.3g}{each.rows_per_second:>12,.0f}{mebibytes:>8,}"
    suggested = batch_size.suggested(measured)
    largest = measured[-1].batch_size
    all_rows = "all train rows" if largest == learner.plan.rows else "a larger one does not fit into memory"
    yield f"{'largest':<12}{largest}: {all_rows}"
    yield (
        f"{'suggestion':<12}trainer.batch_size={suggested.batch_size}, the smallest with nearly the highest speed; "
        f"smaller ones take more steps in an epoch, and often learn better"
    )
    atomic.write_json(folder / "batch_size.json", {"measured": [asdict(each) for each in measured]})
    yield f"{'written':<12}{folder / 'batch_size.json'}"


FINDERS: dict[str, Callable[[Learner, Path], Iterator[str]]] = {"lr": _learning_rates, "batch_size": _batch_sizes}
