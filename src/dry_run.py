"""A run up to where it would begin to train: what the data is, what the training would take, what looks wrong."""

import statistics
import time

import torch

from src import batches, summary
from src.assemble import assemble
from src.config.config import Config
from src.data.findings.columns import columns_that_say_the_same, empty_dates, sentinels, shifted_columns
from src.data.findings.linear import combinations_that_are_the_target
from src.data.findings.rows import groups_in_several_parts, rows_in_several_parts, small_classes
from src.data.findings.target import copies_of_the_target
from src.data.findings.view import Finding, View
from src.data.names import shortened
from src.data.prepare import from_table, read
from src.data.prepared import Prepared
from src.feed import Streamed
from src.learner import Learner
from src.machine import ROOT
from src.optimizers.build import build_optimizer
from src.signals import StopFlag
from src.task import Task

_MEASURED_STEPS = 8
_STATES = {"sgd": 1, "adagrad": 1}  # numbers that an optimizer keeps for each weight, at most; the others 2


def dry_run(config: Config) -> tuple[str, list[Finding]]:
    """The report, and the findings, grave ones first. Writes nothing; the weights that a step is measured with are
    thrown away. Raises what a training would raise before its first epoch."""
    table, source = read(config.dataset, ROOT)
    prepared = from_table(config.dataset, table, source, ROOT)
    view = View.of(prepared)
    found = [
        *copies_of_the_target(view),
        *combinations_that_are_the_target(view),
        *rows_in_several_parts(view),
        *groups_in_several_parts(view, table, config.dataset.split.columns),
        *small_classes(view),
        *columns_that_say_the_same(view),
        *shifted_columns(view, config.dataset.split.by == "time"),
        *sentinels(view),
        *empty_dates(table),
        *(Finding("warning", note) for note in prepared.facts["notes"]),
    ]
    with StopFlag() as stop:
        learner = assemble(config, prepared, stop)
        lines = [*_data_lines(config, prepared), *_training_lines(config, prepared, learner)]
    return "\n".join(lines), sorted(found, key=lambda finding: finding.severity != "grave")


def _data_lines(config: Config, prepared: Prepared) -> list[str]:
    lines = summary.about_data(config, prepared)
    missing = {name: count for name, count in prepared.facts["missing"].items() if count}
    shown = ", ".join(f"{name} {count}" for name, count in list(missing.items())[:12])
    more = f" and {len(missing) - 12} more columns" if len(missing) > 12 else ""
    if prepared.features.output.task is not Task.REGRESSION:
        lines.append(f"{'classes':<12}{_class_counts(prepared)} (train/validation/test)")
    return [*lines, f"{'missing':<12}{shown or 'none'}{more}"]


def _class_counts(prepared: Prepared) -> str:
    """Rows of each class, or with each label, by part."""
    output, parts = prepared.features.output, prepared.parts.values()
    if output.task is Task.MULTILABEL:
        counts = [part.y.sum(0).tolist() for part in parts]
    else:
        counts = [torch.bincount(part.y, minlength=len(output.classes)).tolist() for part in parts]
    by_name = zip(output.answers, *counts, strict=True)
    shown = [f"{shortened(name)} {'/'.join(map(str, each))}" for name, *each in by_name]
    return ", ".join(shown[:12]) + (f" and {len(shown) - 12} more" if len(shown) > 12 else "")


def _training_lines(config: Config, prepared: Prepared, learner: Learner) -> list[str]:
    plan, seconds = learner.plan, _seconds_per_step(config, learner)
    memory = _bytes(config, prepared, learner)
    epoch, members = seconds * plan.steps_per_epoch, config.model.ensemble
    network = f"{members} members of " if members > 1 else ""
    most = f"{members} x {plan.max_epochs}" if members > 1 else str(plan.max_epochs)
    where = f"on {plan.device} x {plan.world}, {plan.threads} thread(s)"
    return [
        f"{'network':<12}{network}{plan.parameters:,} parameters, {where}",
        f"{'epoch':<12}{plan.steps_per_epoch} steps of {plan.batch_size} rows, about {epoch:.2f} s "
        f"({seconds * 1e3:.2g} ms a step, measured), at most {most} epochs: {epoch * plan.max_epochs * members:.0f} s",
        f"{'memory':<12}about {memory // 2**20 + 1} MiB for rows and weights, beside some 500 MiB for the libraries",
    ]


def _seconds_per_step(config: Config, learner: Learner) -> float:
    """Median of a few optimizer steps on the first batch, with this process's weights."""
    torch.set_num_threads(learner.plan.threads)
    device = torch.device("cuda" if learner.plan.device == "gpu" else "cpu")
    network, loss, train = learner.network.to(device).train(), learner.loss.to(device), learner.parts["train"]
    rows = Streamed(train, network.numeric, loss, device).stored(0, min(learner.plan.batch_size, len(train)))
    optimizer = build_optimizer(config.optimizer.model_dump(), network)
    torch.manual_seed(batches.seed_for(config.seed))
    times = []
    for _ in range(2 + _MEASURED_STEPS):
        started = time.perf_counter()
        optimizer.zero_grad()
        float(learner.gradient.of_batch(rows.x, rows.x_cat, rows.target))  # waits for the device
        optimizer.step()
        times.append(time.perf_counter() - started)
    return statistics.median(times[2:])  # the first ones pay for what is set up once


def _bytes(config: Config, prepared: Prepared, learner: Learner) -> int:
    """The rows as prepared and once more as encoded; for each weight itself, its gradient, the optimizer's numbers,
    the best ones of each member, those before a chunk and their average; the widest layer's outputs of one batch,
    forward and backward, or of one part of an evaluation."""
    rows: int = sum(tensor.nbytes for part in prepared.parts.values() for tensor in part.tensors.values())
    trainer, states = config.trainer, _STATES.get(config.optimizer.name, 2)
    averages = trainer.ema is not None or trainer.swa is not None
    weights = learner.plan.parameters * 4 * (3 + config.model.ensemble + states + averages)
    members = learner.network.members  # their biases stand in one tensor
    width = sum(len(weight) // (members if weight.ndim == 1 else 1) for weight in learner.steps.weights)
    plan = learner.plan
    in_flight = plan.vectors * max(3 * plan.batch_size, min(plan.rows_at_once, len(prepared.parts["validation"])))
    return 2 * rows + weights + 4 * width * in_flight
