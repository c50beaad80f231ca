"""From configuration and data to a learner, ready to train."""

import itertools
from dataclasses import replace

import torch
from torch.nn import functional as F
from torch.optim import Optimizer

from src import batches, compilation, grouping, trainer
from src.averaging import Averaging, ExponentialAverage, NoAverage, ScheduleFreeAverage, StochasticWeightAverage
from src.config.adam import ScheduleFreeAdamW
from src.config.config import Config
from src.config.model import Model
from src.config.trainer import Trainer
from src.data.part import Part
from src.data.prepared import Prepared
from src.data.spread import SPREAD_FROM
from src.ending import Ending
from src.errors import ConfigError, MachineError
from src.learner import Learner
from src.losses.build import build_loss
from src.machine import rank
from src.memory import available_memory
from src.models.build import build, parameter_count
from src.models.network import Network
from src.objective import monitor_of, output_of
from src.optimizers.build import build_optimizer
from src.patience import Patience
from src.post_hoc.check import check
from src.regularisation import Regularisation
from src.schedulers import Schedule
from src.signals import StopFlag
from src.spec import InputSpec, OutputSpec
from src.steps import StepPlan
from src.task import Task
from src.units import to_standard

_SHARE = 0.6
"""Of the free memory that rows may take; the rest is for the network and what is made of the rows."""


def assemble(
    config: Config,
    prepared: Prepared,
    stop: StopFlag,
    threads: int | None = None,
    member: int = 0,
    together: bool | None = None,
) -> Learner:
    """`member` counts the networks of an ensemble. `together`: with other networks, in a `Population`; None: members of
    an ensemble if it pays (`src.grouping`). `threads` and `together` repeat what a run that is resumed had: anything
    else changes the last bits.

    Raises ConfigError if the loss, a metric, the sampling or the prediction does not fit the target, batch
    normalisation the batches or the optimizer the network, DataError if the loss or the monitored metric needs other
    values of the target or the prediction more validation rows, MachineError if a device is not there or the network
    does not fit into memory.
    """
    output, settings, validation = output_of(config, prepared), config.trainer, prepared.parts["validation"]
    check(config.prediction, validation.y, validation.weight if len(validation.weight) else None, output)
    seed = batches.seed_of(config.seed, member)
    torch.manual_seed(batches.seed_for(seed))
    network = _build(config.model, prepared.features.input, output)
    if network.learns_from_rows:
        _fit(network, prepared.parts["train"], output)
    plan = _plan(settings, prepared, network, seed, threads)
    if plan.sampling == "balanced":
        _check_balanced(plan, output)
    if config.normalises_batches:
        _check_batches(plan)
    optimizer = build_optimizer(config.optimizer.model_dump(), network)
    loss = build_loss(config.loss.model_dump(), output, prepared.parts["train"].y)
    steps = plan.steps_per_epoch * settings.max_epochs
    if together is None:
        together = grouping.members_together(config, plan, optimizer)
    compiled = compilation.of_population(settings, plan) if together else compilation.of(config, plan, optimizer)
    plan = replace(plan, together=together, compile=compiled)
    plan = replace(plan, replayed=compilation.replays(config, plan))
    return Learner(
        network=network,
        loss=loss,
        output=output,
        optimizer=optimizer,
        schedule=Schedule(config.scheduler.model_dump(), plan.steps_per_epoch, settings.max_epochs),
        ending=_ending(settings),
        monitor=monitor_of(config, output, validation),
        regularisation=Regularisation(settings.schedules.model_dump(), network, optimizer, loss, steps),
        averaging=_averaging(config, network, optimizer),
        plan=plan,
        train=prepared.parts["train"],
        validation=validation,
        stop=stop,
    )


def _plan(settings: Trainer, prepared: Prepared, network: Network, seed: int, threads: int | None) -> StepPlan:
    """But for what becomes a program."""
    parameters, device = parameter_count(network), trainer.accelerator_of(settings)
    rows = len(prepared.parts["train"])
    batch_size = batches.fitting_size(rows) if settings.batch_size == "auto" else settings.batch_size
    multiplications = parameters * network.vectors * batch_size
    return StepPlan(
        rows=rows,
        batch_size=batch_size,
        max_epochs=settings.max_epochs,
        accumulate=settings.accumulate,
        gradient_clip=settings.gradient_clip,
        seed=seed,
        rank=rank(),
        world=trainer.devices_of(settings),
        device=device,
        threads=threads or trainer.threads_of(settings, multiplications),
        precision=trainer.precision_of(settings, multiplications),
        parameters=parameters,
        vectors=network.vectors,
        streamed=_too_large(prepared, device, trainer.devices_of(settings)),
        sampling=settings.sampling,
        drop_last=settings.drop_last,
    )


def _fit(network: Network, train: Part, output: OutputSpec) -> None:
    """On the first rows: more than these are stored in random order (`src.data.spread`)."""
    y = train.y[:SPREAD_FROM]
    match output.task:
        case Task.REGRESSION:
            y = to_standard(y, output)
            y = (y - y.mean(0)) / y.std(0, correction=0).clamp_min(1e-30)  # units of the target may be any
        case Task.BINARY | Task.MULTICLASS:
            y = F.one_hot(y, len(output.classes))
    network.fit(train.x_num[:SPREAD_FROM], train.x_cat[:SPREAD_FROM], y)
    train.release()


def _ending(settings: Trainer) -> Ending:
    stopping = settings.early_stopping
    patience = Patience(stopping.patience, stopping.min_delta, stopping.growth) if stopping else None
    return Ending(settings.max_epochs, patience, settings.max_steps, settings.max_seconds)


def _averaging(config: Config, network: Network, optimizer: Optimizer) -> Averaging:
    settings = config.trainer
    if settings.ema is not None:
        return ExponentialAverage(network, settings.ema.decay)
    if settings.swa is not None:
        return StochasticWeightAverage(network, settings.swa.first_epoch(settings.max_epochs))
    if isinstance(config.optimizer, ScheduleFreeAdamW):
        return ScheduleFreeAverage(network, optimizer)
    return NoAverage(network)


def _too_large(prepared: Prepared, device: str, world: int) -> bool:
    """Whether the rows, encoded, would take more than their share of the memory that is free. Each of `world` processes
    holds them, and they start together."""
    parts = [prepared.parts[name] for name in ("train", "validation")]
    if all(part.mapped is None for part in parts):
        return False
    free = torch.cuda.mem_get_info()[0] if device == "gpu" else available_memory() // world
    return sum(part.encoded_bytes for part in parts) > _SHARE * free


def _check_balanced(plan: StepPlan, output: OutputSpec) -> None:
    if not output.task.has_classes:
        raise ConfigError(
            f"trainer.sampling: balanced draws each class equally often; the target {output.name!r} has no classes, "
            f"it is {output.task.value}. Take sampling: shuffle"
            + (" and loss.class_weights: balanced" if output.task is Task.MULTILABEL else "")
        )
    if plan.streamed:
        raise ConfigError(
            "trainer.sampling: balanced needs all train rows in memory, and here they are read from the disk while "
            "training. Take sampling: shuffle and loss.class_weights: balanced"
        )


def _check_batches(plan: StepPlan) -> None:
    if any(stop - start < 2 for start, stop in itertools.pairwise(plan.batch_starts)):
        raise ConfigError(
            f"model.norm: batch needs at least 2 rows in each batch; trainer.batch_size={plan.batch_size} and "
            f"{plan.rows} train rows give batches of 1. Take a larger batch_size or norm: layer"
        )


def _build(model: Model, input: InputSpec, output: OutputSpec) -> Network:
    try:
        return build(model.model_dump(), input, output.d_out, output.parallel)
    except (RuntimeError, TypeError, OverflowError) as error:  # torch has no error of its own for it
        reason = str(error).splitlines()[0]
        raise MachineError(f"model: {model.title} does not fit into memory ({reason}); make it smaller") from None
