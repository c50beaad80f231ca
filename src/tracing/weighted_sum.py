"""The sum that a neuron forms, term by term."""

from dataclasses import dataclass

import torch
from torch import Tensor

from src.tracing.recording import Step


@dataclass(frozen=True)
class Sum:
    """total = weights @ inputs + bias, both float32 [d]; `places`: which numbers of what came in they belong to.

    The weights are those that act on the inputs: with scales, members and divisors of the module multiplied in.
    """

    places: list[int]
    weights: Tensor
    inputs: Tensor
    bias: float
    total: float


def sum_of(step: Step, neuron: int) -> Sum:
    """Of a weighted sum; `neuron` counts through what it gave, flat. Inputs that cannot reach it are left out."""
    weights, inputs = weights_of(step, [neuron])[0], step.taken.flatten()
    places = weights.nonzero().flatten().tolist()
    with torch.no_grad():
        bias = step.module(torch.zeros_like(step.taken)).flatten()[neuron].item()
    return Sum(places, weights[places], inputs[places], bias, step.given.flatten()[neuron].item())


@torch.enable_grad()
def weights_of(step: Step, neurons: list[int]) -> Tensor:
    """float32 [neurons, d] over all d numbers that came in. Since the sum is linear in them, they are its gradient,
    whatever the module multiplies its weights with."""
    taken = step.taken.clone().requires_grad_()
    given = step.module(taken).flatten()
    rows = [torch.autograd.grad(given[neuron], taken, retain_graph=True)[0] for neuron in neurons]
    return torch.stack(rows).flatten(1)
