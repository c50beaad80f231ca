"""What the dropouts of networks side by side multiply with, drawn for each as it would draw it by itself."""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from src import batches
from src.learner import Learner
from src.models.dropout import Dropout
from src.models.network import Network


class Noise:
    """Of `learners` whose networks have as many dropouts, of the same sizes; nothing where none of them drops."""

    def __init__(self, learners: Sequence[Learner], device: torch.device) -> None:
        self.learners, self.device = learners, device
        self.dropouts = [dropouts(each.network) for each in learners]
        drops = any(dropout.p for each in self.dropouts for dropout in each)
        self.sizes = _sizes(learners[0]) if drops else []
        self.generators = [torch.Generator() for _ in learners]
        self.starts = [each.plan.batch_starts for each in learners]
        self.rows = max(stop - start for each in self.starts for start, stop in itertools.pairwise(each))

    def of(self, epoch: int, steps: range) -> list[Tensor]:
        """float32 [steps, m, rows, ...] for each dropout; `steps` of the epoch, in their order from its first one."""
        if not self.sizes:
            return []
        made = [torch.ones(len(steps), len(self.learners), self.rows, *size) for size in self.sizes]
        for place, step in enumerate(steps):
            for number, learner in enumerate(self.learners):
                generator, plan = self.generators[number], learner.plan
                if step % plan.chunk_steps == 0:
                    generator.manual_seed(batches.seed_for(plan.seed, epoch, step // plan.chunk_steps))
                count = self.starts[number][step + 1] - self.starts[number][step]
                for noise, dropout, size in zip(made, self.dropouts[number], self.sizes, strict=True):
                    noise[place, number, :count] = dropout.draw((count, *size), generator)
        return [noise.to(self.device) for noise in made]


def dropouts(network: Network) -> list[Dropout]:
    """In the order in which they stand, which is that of the forward pass of each network of ours."""
    return [each for each in network.modules() if isinstance(each, Dropout)]


@contextmanager
def noisy(network: Network, noise: Sequence[Tensor]) -> Iterator[None]:
    """In here each dropout multiplies with its own of `noise`; without any, they stay as they are."""
    with_noise = [*zip(dropouts(network), noise, strict=True)] if noise else []
    for dropout, each in with_noise:
        dropout.noise = each
    try:
        yield
    finally:
        for dropout, _ in with_noise:
            dropout.noise = None


@torch.no_grad()
def _sizes(learner: Learner) -> list[tuple[int, ...]]:
    """Of what goes into each dropout for one row."""
    network, found = learner.network, dict[Dropout, tuple[int, ...]]()

    def see(dropout: Any, inputs: tuple[Tensor, ...], *_: Any) -> None:
        found[dropout] = tuple(inputs[0].shape[1:])

    handles = [each.register_forward_hook(see) for each in dropouts(network)]
    part = learner.parts["train"]
    network.eval()
    network(part.x_num[:1], part.x_cat[:1].long())
    network.train()
    for handle in handles:
        handle.remove()
    return [found[each] for each in dropouts(network)]
