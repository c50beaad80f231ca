"""Several optimizer steps as one program: forward pass, loss, gradient, optimizer and moving average of the weights."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from time import monotonic
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from src.averaging import ExponentialAverage
from src.compiled import Program, program, require_compiler
from src.eager_steps import EagerSteps, weight_of
from src.feed import Feed
from src.gradient import Gradient
from src.optimizers.formulas import State, begun, formula_of
from src.steps import StepPlan

BLOCK = 4
"""Steps in one program, divides those of a chunk. A step of the lesson's network took 20 microseconds at 4; at 8 it
took 17, and compiling took twice as long."""

LARGEST_BLOCK = 12
"""Where an epoch is one chunk: its steps are then divided evenly."""

RARE = 16
"""A block of steps is compiled if it takes at least one of so many steps of an epoch."""


@dataclass(frozen=True)
class _Weight:
    """A weight with all that its update takes: the tensors of its `state`, its `average` or none, and those of its
    group."""

    value: Tensor
    state: State
    average: Tensor | None
    lr_factor: float
    decay: float

    @property
    def tensors(self) -> list[Tensor]:
        return [self.value, *self.state.values(), *([] if self.average is None else [self.average])]

    def taken_from(self, tensors: Sequence[Tensor]) -> "_Weight":
        """The same with other `tensors`."""
        value, *others = tensors
        average = None if self.average is None else others.pop()
        return _Weight(value, dict(zip(self.state, others, strict=True)), average, self.lr_factor, self.decay)


class CompiledSteps(EagerSteps):
    """Equal to EagerSteps but for rounding, and by itself to the last bit.

    Blocks that are rare, as an epoch's last, smaller batch may be, are made eagerly. Raises MachineError if there is no
    C++ compiler.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        require_compiler()
        formula = formula_of(self.optimizer)
        assert formula is not None, "assemble compiles whole steps for these optimizers only"
        self.formula = formula
        self.mean = _Mean(self.gradient)
        self.block = block_steps(self.gradient.plan)
        self.programs: dict[tuple[int, ...], Program] = {}

    def run(self, feed: Feed, starts: Sequence[int], first: int) -> tuple[Tensor, Tensor]:
        if first == 0:
            self._begin()
        made, at = [], 0
        for rows in feed.batches([*starts[: -1 : self.block], starts[-1]]):
            ends = starts[at : at + self.block + 1]
            sizes = tuple(stop - start for start, stop in itertools.pairwise(ends))
            if self._is_rare(sizes):
                batches = zip(*(torch.split(each, [*sizes]) for each in rows), strict=True)
                made.append(self.one_by_one(batches, first + at))
            else:
                made.append(self._block(sizes, rows, first + at))
            at += len(sizes)
        losses, weights = zip(*made, strict=True)
        return torch.cat(losses), torch.cat(weights)

    def _is_rare(self, sizes: tuple[int, ...]) -> bool:
        plan = self.gradient.plan
        full = sizes == (plan.batch_size,) * self.block
        return not full and len(sizes) * RARE < plan.steps_per_epoch

    @torch.no_grad()
    def _block(self, sizes: tuple[int, ...], rows: tuple[Tensor, ...], first: int) -> tuple[Tensor, Tensor]:
        """The losses and the weights of the batches, [steps]."""
        numbers = [self._numbers(step) for step in range(first, first + len(sizes))]
        inputs = [*self._tensors, torch.tensor(numbers, device=rows[0].device), *rows]
        if sizes not in self.programs:
            started = monotonic()
            self.programs[sizes] = program(partial(self._steps, sizes), inputs, len(self._tensors))
            losses, weights = self.programs[sizes](*inputs)  # the first call loads it
            self.seconds_of_compiling += monotonic() - started
        else:
            losses, weights = self.programs[sizes](*inputs)
        return losses, weights

    @torch.no_grad()
    def _begin(self) -> None:
        """Makes the tensors that the programs change, as torch.optim and the average begin them."""
        self.optimizer.state.update(begun(self.optimizer))
        if isinstance(self.averaging, ExponentialAverage):
            self.averaging.average = [weight.clone() for weight in self.averaging.weights]  # the first share is 1

    def _numbers(self, step: int) -> list[float]:
        """What changes from step to step, the learning rate first."""
        return [self.lr * self.schedule.factor(step), *self.numbers_beside_lr(step, self.formula)]

    @cached_property
    def _others(self) -> dict[str, Tensor]:
        """The tensors of network and loss that no optimizer moves."""
        return {
            name: tensor.detach()
            for name, tensor in itertools.chain(self.mean.named_parameters(), self.mean.named_buffers())
            if not tensor.requires_grad
        }

    @cached_property
    def _moved(self) -> dict[str, _Weight]:
        groups = self.group_of
        averages = dict(zip(self.averaging.weights, self.averaging.average, strict=False))  # none at all, or of each
        return {
            name: _Weight(weight.detach(), self._state(weight), averages.get(weight), *groups[weight])
            for name, weight in self.mean.named_parameters()
            if weight.requires_grad
        }

    def _state(self, weight: Tensor) -> dict[str, Tensor]:
        """On the device of the weight; some optimizers count their steps on the CPU."""
        state = self.optimizer.state.get(weight, {})
        state |= {name: value.to(weight.device) for name, value in state.items() if isinstance(value, Tensor)}
        return {name: value for name, value in state.items() if isinstance(value, Tensor)}

    @cached_property
    def _tensors(self) -> list[Tensor]:
        return [*self._others.values(), *(tensor for each in self._moved.values() for tensor in each.tensors)]

    def _steps(self, sizes: tuple[int, ...], *inputs: Tensor) -> list[Tensor]:
        """What becomes a program: changes the tensors of `_tensors`, the first of `inputs`. Losses and weights of the
        batches, [steps]."""
        others = dict(zip(self._others, inputs, strict=False))
        moved, at = {}, len(others)
        for name, weight in self._moved.items():
            moved[name] = weight.taken_from(inputs[at : at + len(weight.tensors)])
            at += len(weight.tensors)
        numbers, *rows = inputs[at:]
        batches = zip(*(torch.split(each, [*sizes]) for each in rows), strict=True)
        made = [self._step(others, moved, batch, row) for batch, row in zip(batches, numbers, strict=True)]
        for weight in moved.values():
            if "step" in weight.state:
                weight.state["step"].add_(len(sizes))
        return [torch.stack(each) for each in zip(*made, strict=True)]

    def _step(
        self, others: dict[str, Tensor], moved: dict[str, _Weight], batch: tuple[Tensor, ...], numbers: Tensor
    ) -> tuple[Tensor, Tensor]:
        x, x_cat, target, counts = batch
        with torch.enable_grad():
            values = {name: weight.value.detach().requires_grad_() for name, weight in moved.items()}
            loss, row_weights = functional_call(self.mean, {**others, **values}, (x, x_cat, target, weight_of(counts)))
            found = torch.autograd.grad(loss, [*values.values()], allow_unused=True)
        gradients = {name: each for name, each in zip(moved, found, strict=True) if each is not None}
        lr, decay, share, *of_formula = numbers.unbind()
        scale = self._clipping([*gradients.values()])
        for name, gradient in gradients.items():
            weight = moved[name]
            self.formula.update(
                weight.value,
                gradient if scale is None else gradient * scale,
                weight.state,
                lr * weight.lr_factor,
                decay * weight.decay if weight.decay else 0.0,
                tuple(of_formula),
            )
            if weight.average is not None:
                weight.average.lerp_(weight.value, share)
        return loss.detach(), row_weights

    def _clipping(self, gradients: list[Tensor]) -> Tensor | None:
        """As `torch.nn.utils.clip_grad_norm_`."""
        if self.clip is None:
            return None
        norm = torch.stack([gradient.square().sum() for gradient in gradients]).sum().sqrt()
        scale: Tensor = self.clip / (norm + 1e-6)
        return scale.clamp(max=1.0)


class _Mean(nn.Module):
    """The mean loss of a batch, and what it counts; holds everything that has tensors in it."""

    def __init__(self, gradient: Gradient) -> None:
        super().__init__()
        self.network, self.loss, self.gradient = gradient.network, gradient.loss, gradient

    def forward(self, x: Tensor, x_cat: Tensor, target: Tensor, row_weight: Tensor | None) -> tuple[Tensor, Tensor]:
        weight = self.loss.weight(target, row_weight)
        counted = weight.float() if isinstance(weight, Tensor) else x.new_full((), weight)
        return self.gradient.mean(x, x_cat, target, row_weight), counted


def block_steps(plan: StepPlan) -> int:
    """Steps in one program."""
    if plan.chunks > 1:
        return BLOCK
    return math.ceil(plan.steps_per_epoch / math.ceil(plan.steps_per_epoch / LARGEST_BLOCK))
