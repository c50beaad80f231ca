"""Networks of one shape side by side: each weight of all of them is one tensor, and one step moves all of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from time import monotonic
from typing import Any

import torch
from torch import Tensor
from torch.func import functional_call, grad_and_value, vmap
from torch.optim import Optimizer

from src.averaging import ExponentialAverage
from src.compiled import Program, program
from src.learner import Learner
from src.optimizers.formulas import begun, formula_of
from src.whole import Whole, moved

_PREFIX = "network."


@dataclass(frozen=True)
class Rows:
    """For each of the m networks as many rows, [m, n, ...]; or the same for all, [n, ...].

    x float32 [..., d_in]; x_cat int64 [..., d_cat]; target: what the loss compares with; weight float32 [m, n] or [n],
    0 where a row only fills up a shorter batch or part; y: the truth, where `src.score` is to be measured.
    """

    x: Tensor
    x_cat: Tensor
    target: Tensor
    weight: Tensor
    y: Tensor | None = None

    @property
    def tensors(self) -> list[Tensor]:
        return [each for each in vars(self).values() if each is not None]

    @property
    def stacked(self) -> bool:
        return self.weight.ndim == 2


class Stacked:
    """The networks of `learners`, alike in all but what `alike` leaves out; `programs`: a step becomes a program.

    Equal to each learner by itself but for rounding. What a learner has of earlier steps, it goes on from.
    """

    def __init__(self, learners: Sequence[Learner], programs: bool) -> None:
        self.learners, self.programs = learners, programs
        first = learners[0]
        self.device = torch.device("cuda" if first.plan.device == "gpu" else "cpu")
        smoothed = len({each.loss.label_smoothing for each in learners}) > 1
        wholes = [Whole(each.gradient, each.loss, first.output, smoothed) for each in learners]
        self.whole = wholes[0]
        formula = formula_of(first.optimizer)
        assert formula is not None, "only such are stacked"
        self.formula, self.clip = formula, first.plan.gradient_clip
        self.weights, self.others = _stacked(wholes, self.device)
        self.states = self._states(first.optimizer)
        self.averages = self._averages()
        self.lr_factors, self.decays = self._groups()
        self.best = self._of_each([each.progress.best_weights for each in learners], self.kept)
        self.made: dict[str, Program] = {}
        self.seconds_of_compiling = 0.0

    def __len__(self) -> int:
        return len(self.learners)

    @property
    def kept(self) -> dict[str, Tensor]:
        """The weights that are measured and kept: the average, if there is one."""
        return self.averages or self.weights

    def numbers(self, steps: range) -> Tensor:
        """float32 [steps, m + k], what changes from step to step: learning rate of each network; factor of the weight
        decay, share of the weights in their average, and numbers of the formula, the same for all."""
        first, found = self.learners[0], []
        own_factor = first.schedule.plateau is not None  # which depends on what the network has reached
        for step in steps:
            factor = first.schedule.factor(step)
            factors = [each.schedule.factor(step) for each in self.learners] if own_factor else [factor] * len(self)
            rates = [each.steps.lr * factor for each, factor in zip(self.learners, factors, strict=True)]
            found.append([*rates, *first.steps.numbers_beside_lr(step, self.formula)])
        return torch.tensor(found, device=self.device)

    @torch.no_grad()
    def step(self, numbers: Tensor, rows: Rows, noise: Sequence[Tensor]) -> list[Tensor]:
        """Moves the weights by the gradient of the batch `rows` [m, n]; `numbers` of the step, and `noise` for its
        dropouts. The mean loss of each network and what it counts, [m] each."""
        inputs = [*self._tensors, numbers, *rows.tensors, *noise]
        return self._run("step", self._step, inputs, len(self._tensors))

    @torch.no_grad()
    def measure(self, rows: Rows) -> list[Tensor]:
        """Of `rows` with the kept weights: the loss of each network, [m], and logits float32 [m, n, d_out]; also
        `src.score` of each, [m], if `rows` have y."""
        inputs = [*self.others.values(), *self.kept.values(), *rows.tensors]
        self.whole.eval()
        try:
            return self._run("measure", partial(self._measure, rows.stacked), inputs, len(inputs))
        finally:
            self.whole.train()

    @torch.no_grad()
    def keep_best(self, better: Tensor) -> None:
        """The kept weights of the networks where `better` (bool [m]) are their best ones."""
        for name, best in self.best.items():
            best[better] = self.kept[name][better]

    @torch.no_grad()
    def give_back(self, number: int, steps: int) -> None:
        """Into the learner `number`: weights, state of the optimizer, average and best weights, after `steps` steps."""
        learner = self.learners[number]
        for name, weight in moved(learner.network):
            weight.copy_(self.weights[name][number])
            state = {key: each[number].clone() for key, each in self.states[name].items()}
            if self.counts:
                state["step"] = torch.tensor(float(steps))
            learner.optimizer.state[weight] = state
        if self.averages:
            whole = learner.network.named_parameters()
            averages = {name: each[number].clone() for name, each in self.averages.items()}
            learner.averaging.average = [averages.get(name, each.detach().clone()) for name, each in whole]
        best = {name: each[number].clone() for name, each in self.best.items()}
        state_dict = learner.network.state_dict()
        learner.progress.best_weights = {key: best.get(key, each).detach().clone() for key, each in state_dict.items()}

    # as operations that become a program

    def _run(self, name: str, function: Any, inputs: Sequence[Tensor], held: int) -> list[Tensor]:
        if not self.programs:
            found: list[Tensor] = function(*inputs)
            return found
        if name not in self.made:
            started = monotonic()
            self.made[name] = program(function, inputs, held)
            self.seconds_of_compiling += monotonic() - started
        return self.made[name](*inputs)

    @property
    def _tensors(self) -> list[Tensor]:
        decays = [each for each in self.decays.values() if isinstance(each, Tensor)]
        states = (each for state in self.states.values() for each in state.values())
        return [*self.others.values(), *self.weights.values(), *states, *self.averages.values(), *decays]

    def _step(self, *inputs: Tensor) -> list[Tensor]:
        given = iter(inputs)
        others, weights = _named(self.others, given), _named(self.weights, given)
        states = {name: _named(state, given) for name, state in self.states.items()}
        averages = _named(self.averages, given)
        decays = {name: next(given) if isinstance(each, Tensor) else each for name, each in self.decays.items()}
        numbers, *batch = given
        gradients, (losses, counts) = self._gradients(others, weights, batch)
        lr, of_all = numbers[: len(self)], numbers[len(self) :].unbind()
        decay, share, *of_formula = of_all
        scale = self._clipping([*gradients.values()])
        for name, gradient in gradients.items():
            each = decays[name]
            self.formula.update(
                weights[name],
                gradient if scale is None else gradient * _like(scale, gradient),
                states[name],
                _like(lr * self.lr_factors[name], gradient),
                _like(decay * each, gradient) if isinstance(each, Tensor) else 0.0,
                tuple(of_formula),
            )
            if averages:
                averages[name].lerp_(weights[name], share)
        return [losses, counts]

    def _gradients(
        self, others: Mapping[str, Tensor], weights: Mapping[str, Tensor], batch: Sequence[Tensor]
    ) -> tuple[dict[str, Tensor], tuple[Tensor, Tensor]]:
        def mean(weights: dict[str, Tensor], others: dict[str, Tensor], *batch: Tensor) -> tuple[Tensor, Any]:
            loss, count = functional_call(self.whole, _called(weights, others), ("mean", *batch))
            return loss, (loss.detach(), count if isinstance(count, Tensor) else loss.new_full((), count))

        found, (_, made) = vmap(grad_and_value(mean, has_aux=True))(dict(weights), dict(others), *batch)
        return found, made

    def _measure(self, stacked: bool, *inputs: Tensor) -> list[Tensor]:
        given = iter(inputs)
        others, kept = _named(self.others, given), _named(self.kept, given)
        rows = [*given]

        def measured(kept: dict[str, Tensor], others: dict[str, Tensor], *rows: Tensor) -> tuple[Tensor, ...]:
            found: tuple[Tensor, ...] = functional_call(self.whole, _called(kept, others), ("measured", *rows))
            return found

        return [*vmap(measured, in_dims=(0, 0, *[0 if stacked else None] * len(rows)))(kept, others, *rows)]

    def _clipping(self, gradients: Sequence[Tensor]) -> Tensor | None:
        """[m], as `torch.nn.utils.clip_grad_norm_` for each network."""
        if self.clip is None:
            return None
        norm = torch.stack([each.square().flatten(1).sum(1) for each in gradients]).sum(0).sqrt()
        return (self.clip / (norm + 1e-6)).clamp(max=1.0)

    # what is stacked

    def _states(self, optimizer: Optimizer) -> dict[str, dict[str, Tensor]]:
        of_weights = begun(optimizer)
        self.counts = any("step" in state for state in of_weights.values())
        return {
            name: {
                key: torch.stack([state.get(key, before) for state in self._states_of(name)]).to(self.device)
                for key, before in of_weights[weight].items()
                if key != "step"
            }
            for name, weight in moved(self.learners[0].network)
        }

    def _states_of(self, name: str) -> list[Mapping[str, Tensor]]:
        """What the optimizers have of a weight: nothing before the first step."""
        weights = [each.network.get_parameter(name) for each in self.learners]
        return [each.optimizer.state.get(own, {}) for each, own in zip(self.learners, weights, strict=True)]

    def _averages(self) -> dict[str, Tensor]:
        """None but those of `ExponentialAverage` go with a formula for the optimizer."""
        if not isinstance(self.learners[0].averaging, ExponentialAverage):
            return {}
        names = [name for name, _ in self.learners[0].network.named_parameters()]
        own = [dict(zip(names, each.averaging.average, strict=False)) for each in self.learners]  # none at first
        return self._of_each(own, self.weights)

    def _of_each(self, own: Sequence[Mapping[str, Tensor]], others: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """[m, ...] by the names of `others`, whose part it is where a network has nothing of its `own`."""
        return {
            name: torch.stack([mine.get(name, part).to(self.device) for mine, part in zip(own, each, strict=True)])
            for name, each in others.items()
        }

    def _groups(self) -> tuple[dict[str, float], dict[str, Tensor | float]]:
        """By name of the weight: factor of the learning rate, and weight decay of each network, [m], or 0 for all."""
        factors, decays = dict[str, float](), dict[str, list[float]]()
        for learner in self.learners:
            found = learner.steps.group_of
            for name, weight in moved(learner.network):
                factors[name], decay = found[weight]
                decays.setdefault(name, []).append(decay)
        return factors, {
            name: torch.tensor(each, device=self.device) if any(each) else 0.0 for name, each in decays.items()
        }


def _stacked(wholes: Sequence[Whole], device: torch.device) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """[m, ...]: the weights that are moved, by their names in the network; all other tensors, by those in the whole."""
    learned = {name for name, _ in moved(wholes[0].network)}
    tensors = [dict(chain(each.named_parameters(), each.named_buffers())) for each in wholes]
    weights, others = dict[str, Tensor](), dict[str, Tensor]()
    for name in tensors[0]:
        inner = name.removeprefix(_PREFIX)
        place, key = (weights, inner) if name.startswith(_PREFIX) and inner in learned else (others, name)
        place[key] = torch.stack([each[name].detach() for each in tensors]).to(device)
    return weights, others


def _called(weights: Mapping[str, Tensor], others: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """By their names in the whole."""
    return {**others, **{f"{_PREFIX}{name}": each for name, each in weights.items()}}


def _named(like: Mapping[str, Tensor], given: Iterator[Tensor]) -> dict[str, Tensor]:
    return {name: next(given) for name in like}


def _like(each: Tensor, other: Tensor) -> Tensor:
    """[m] to what [m, ...] can be multiplied by."""
    return each.view(-1, *[1] * (other.ndim - 1))
