"""What torch.optim's classes do to one weight, as operations that can be made into a program.

The numbers that change from step to step are tensors, so that one program serves all steps.
"""

import copy
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.optim import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop

Numbers = tuple[Tensor, ...]
State = Mapping[str, Tensor]


class Formula(ABC):
    """`update` changes `weight` and the tensors of its `state`, whose names are those of torch's, in place.

    `lr` is a scalar tensor, `decay` the weight decay of the group, a number or a scalar tensor, `numbers` those of the
    step (`numbers_of`), scalar tensors.
    """

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.options = options

    def numbers_of(self, _step: int) -> list[float]:
        """What of a step, counted from 1, is not in the state."""
        return []

    @abstractmethod
    def update(
        self, weight: Tensor, gradient: Tensor, state: State, lr: Tensor, decay: Tensor | float, numbers: Numbers
    ) -> None:
        """One step."""


class SgdFormula(Formula):
    """torch.optim.SGD."""

    def update(
        self, weight: Tensor, gradient: Tensor, state: State, lr: Tensor, decay: Tensor | float, _numbers: Numbers
    ) -> None:
        gradient = _decayed(gradient, weight, decay)
        momentum = self.options["momentum"]
        if momentum:
            buffer = state["momentum_buffer"].mul_(momentum).add_(gradient)
            gradient = gradient + momentum * buffer if self.options["nesterov"] else buffer
        weight.sub_(lr * gradient)


class AdamFormula(Formula):
    """torch.optim.Adam, and AdamW where the decay is `decoupled` from the gradient."""

    decoupled = False

    def numbers_of(self, step: int) -> list[float]:
        beta1, beta2 = self.options["betas"]
        return [1 / (1 - beta1**step), 1 / (1 - beta2**step) ** 0.5]

    def update(
        self, weight: Tensor, gradient: Tensor, state: State, lr: Tensor, decay: Tensor | float, numbers: Numbers
    ) -> None:
        beta1, beta2 = self.options["betas"]
        if not self.decoupled:
            gradient = _decayed(gradient, weight, decay)
        elif isinstance(decay, Tensor) or decay:
            weight.mul_(1 - lr * decay)
        mean = state["exp_avg"].lerp_(gradient, 1 - beta1)
        square = state["exp_avg_sq"].mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        weight.sub_(lr * numbers[0] * mean / (square.sqrt() * numbers[1] + self.options["eps"]))


class AdamWFormula(AdamFormula):
    """torch.optim.AdamW."""

    decoupled = True


class RmsPropFormula(Formula):
    """torch.optim.RMSprop."""

    def update(
        self, weight: Tensor, gradient: Tensor, state: State, lr: Tensor, decay: Tensor | float, _numbers: Numbers
    ) -> None:
        gradient = _decayed(gradient, weight, decay)
        alpha, momentum = self.options["alpha"], self.options["momentum"]
        square = state["square_avg"].mul_(alpha).addcmul_(gradient, gradient, value=1 - alpha)
        gradient = gradient / (square.sqrt() + self.options["eps"])
        if momentum:
            gradient = state["momentum_buffer"].mul_(momentum).add_(gradient)
        weight.sub_(lr * gradient)


class AdagradFormula(Formula):
    """torch.optim.Adagrad."""

    def numbers_of(self, step: int) -> list[float]:
        return [1 / (1 + (step - 1) * self.options["lr_decay"])]

    def update(
        self, weight: Tensor, gradient: Tensor, state: State, lr: Tensor, decay: Tensor | float, numbers: Numbers
    ) -> None:
        gradient = _decayed(gradient, weight, decay)
        total = state["sum"].addcmul_(gradient, gradient)
        weight.sub_(lr * numbers[0] * gradient / (total.sqrt() + self.options["eps"]))


def _decayed(gradient: Tensor, weight: Tensor, decay: Tensor | float) -> Tensor:
    """Without a decay a program has nothing to multiply."""
    return gradient + decay * weight if isinstance(decay, Tensor) or decay else gradient


_FORMULAS: dict[type[Optimizer], type[Formula]] = {
    SGD: SgdFormula,
    Adam: AdamFormula,
    AdamW: AdamWFormula,
    RMSprop: RmsPropFormula,
    Adagrad: AdagradFormula,
}


def begun(optimizer: Optimizer) -> dict[Tensor, dict[str, Tensor]]:
    """What torch.optim keeps of each weight before the first step, made by a step of a copy without a gradient, of
    weights that are 0, which leaves it so."""
    scratch = copy.deepcopy(optimizer)
    fresh = [weight for group in scratch.param_groups for weight in group["params"]]
    for weight in fresh:
        weight.grad = torch.zeros_like(weight)
        weight.detach().zero_()
    scratch.step()
    own = [weight for group in optimizer.param_groups for weight in group["params"]]
    found = dict[Tensor, dict[str, Tensor]]()
    for weight, each in zip(own, fresh, strict=True):
        state = {key: value for key, value in scratch.state[each].items() if isinstance(value, Tensor)}
        found[weight] = state | ({"step": torch.zeros_like(state["step"])} if "step" in state else {})
    return found


def formula_of(optimizer: Optimizer) -> Formula | None:
    """None if there is none for its class."""
    formula = _FORMULAS.get(type(optimizer))
    return formula(optimizer.defaults) if formula else None
