"""What can be trained side by side (`src.population`): runs of a grid that differ in numbers only, members of an
ensemble."""

import json
from collections.abc import Hashable, Sequence

from torch.optim import Optimizer

from src import compilation
from src.config.config import WITHOUT_EFFECT, Config
from src.learner import Learner
from src.noise import dropouts
from src.optimizers.formulas import formula_of
from src.steps import StepPlan

_OWN = (
    *((section,) for section in ("seed", "prediction", *WITHOUT_EFFECT)),
    *(("optimizer", "lr"), ("optimizer", "weight_decay"), ("model", "dropout"), ("loss", "label_smoothing")),
    *(("dataset", "split", "seed"), ("dataset", "split", "fold")),
)

_MOST_WORK = 1e6
"""Multiplications of a batch beyond which a step is no longer mostly calls."""

_MOST_ROWS = 1 << 24
"""Rows of an epoch of all networks together, which have their order in memory."""

_FEWEST = 8
"""Members whose steps, if they are not compiled, take less time side by side than one after another: 8 took 0.6 to 0.7
of it, 6 between 0.7 and 1.15, by the size of network and batch."""


def hindrance(config: Config) -> str:
    """Why the run has to be trained alone; nothing if it need not."""
    return "an ensemble" if config.model.ensemble > 1 else _hindrance_of_network(config)


def members_together(config: Config, plan: StepPlan, optimizer: Optimizer) -> bool:
    """Whether the members of an ensemble are trained side by side: where they can be and that takes less time, by the
    configuration and the number of rows, for the reason in `src.compilation`. Raises MachineError as that does."""
    members = config.model.ensemble
    if members == 1 or plan.device != "cpu" or _hindrance_of_network(config) or not _gains(plan, optimizer):
        return False
    pays = compilation.of_population(config.trainer, plan, members) == "stacked" or members >= _FEWEST
    return pays and members <= _most(plan)


def _hindrance_of_network(config: Config) -> str:
    settings = config.trainer
    if config.model.name == "custom":
        return "a network of your own"
    if config.normalises_batches:
        return "batch normalisation sees how a batch is filled up"
    if settings.compile_misfit or settings.swa is not None or settings.profile:
        return "accumulate, schedules, swa or profile of trainer"
    if settings.max_steps is not None or settings.max_seconds is not None:
        return "trainer.max_steps and max_seconds end within an epoch"
    if settings.precision not in ("auto", 32) or settings.devices not in ("auto", 1) or settings.strategy == "ddp":
        return "several devices, or products in 16 bits"
    return ""


def groups(configs: Sequence[Config]) -> list[list[int]]:
    """The places of those that are the same but for seeds, fold, learning rate, weight decay, dropout, label smoothing
    and what is made of the answers after training, two of them at least."""
    found: dict[str, list[int]] = {}
    for place, config in enumerate(configs):
        if not hindrance(config):
            found.setdefault(_shared(config), []).append(place)
    return [group for group in found.values() if len(group) > 1]


def of_one_kind(learners: Sequence[Learner]) -> list[list[int]]:
    """The places of those among learners of one of the `groups` whose tensors have the same shapes, and whose steps are
    so small that together they take less time; two at least."""
    found: dict[Hashable, list[int]] = {}
    for place, learner in enumerate(learners):
        if _gains(learner.plan, learner.optimizer):
            found.setdefault(_kind(learner), []).append(place)
    groups = list[list[int]]()
    for group in found.values():
        size = _most(learners[group[0]].plan)
        groups += [group[at : at + size] for at in range(0, len(group), size)]
    return [group for group in groups if len(group) > 1]


def _shared(config: Config) -> str:
    content = config.to_dict()
    for *sections, key in _OWN:
        place = content
        for section in sections:
            place = place[section]
        place.pop(key, None)
    return json.dumps(content, sort_keys=True)


def _gains(plan: StepPlan, optimizer: Optimizer) -> bool:
    small = plan.batch_size * plan.parameters <= _MOST_WORK and plan.vectors == 1
    return small and not plan.streamed and plan.precision == "32" and formula_of(optimizer) is not None


def _kind(learner: Learner) -> Hashable:
    plan, network = learner.plan, learner.network
    tensors = [*network.state_dict().items(), *learner.loss.named_buffers()]
    factors = [group["lr_factor"] for group in learner.optimizer.param_groups]
    has_weight = bool(len(learner.parts["train"].weight)), bool(len(learner.parts["validation"].weight))
    head = learner.output if learner.output.head != "plain" else learner.output.d_out  # others see standard units
    sizes = tuple(each.of_bits for each in dropouts(network))
    shapes = tuple((name, tuple(tensor.shape), tensor.dtype) for name, tensor in tensors)
    return plan.steps_per_epoch, plan.batch_size, head, has_weight, tuple(factors), sizes, shapes


def _most(plan: StepPlan) -> int:
    return max(1, _MOST_ROWS // plan.rows)
