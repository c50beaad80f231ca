"""Averages of the weights, evaluated and kept in place of those that the optimizer moves."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from src import batch_statistics
from src.feed import Feed
from src.gradient import Gradient
from src.models.network import Network


class Averaging(ABC):
    """Of the weights of `network`. Each process makes the same average, since each has the same weights."""

    def __init__(self, network: Network) -> None:
        self.weights: list[Tensor] = [*network.parameters()]
        self.average: list[Tensor] = []

    @abstractmethod
    def step_ended(self, step: int, /) -> None:
        """After optimizer step `step`, counted from 1."""

    @abstractmethod
    def epoch_ended(self, epoch: int, /) -> None:
        """After epoch `epoch`, counted from 1."""

    @torch.no_grad()
    def add(self, share: float) -> None:
        """average += share * (weights - average); the first time the weights themselves."""
        if self.average:
            torch._foreach_lerp_(self.average, self.weights, share)
        else:
            self.average = [weight.clone() for weight in self.weights]

    @contextmanager
    @torch.no_grad()
    def in_place(self, gradient: Gradient, train: Feed) -> Iterator[None]:
        """In here the network has the average, once there is one, and statistics of batch normalisation that belong to
        it; afterwards what it had before, to the last bit."""
        if not self.average:
            yield
            return
        moved = [weight.clone() for weight in self.weights]
        torch._foreach_copy_(self.weights, self.average)
        try:
            with batch_statistics.of_all_rows(gradient, train):
                yield
        finally:
            torch._foreach_copy_(self.weights, moved)

    def state(self) -> dict[str, Any]:
        return {"average": self.average}

    def restore(self, state: dict[str, Any]) -> None:
        self.average = [each.to(self.weights[0].device) for each in state["average"]]


class NoAverage(Averaging):
    """The weights are kept as the optimizer leaves them."""

    def step_ended(self, step: int) -> None:
        pass

    def epoch_ended(self, epoch: int) -> None:
        pass


class ExponentialAverage(Averaging):
    """After each step, with `decay` as the share that stays.

    Warm start: after step t it is min(decay, (1 + t) / (10 + t)), so that the first weights, which know nothing, are
    soon forgotten (`num_updates` of TensorFlow's ExponentialMovingAverage).
    """

    def __init__(self, network: Network, decay: float) -> None:
        super().__init__(network)
        self.decay = decay

    def step_ended(self, step: int) -> None:
        self.add(self.share(step))

    def share(self, step: int) -> float:
        """Of the weights after optimizer step `step`."""
        return 1 - min(self.decay, (1 + step) / (10 + step))

    def epoch_ended(self, epoch: int) -> None:
        pass


class StochasticWeightAverage(Averaging):
    """The mean of the weights after each epoch from `first` on (Izmailov et al. 2018, algorithm 1)."""

    def __init__(self, network: Network, first: int) -> None:
        super().__init__(network)
        self.first = first

    def step_ended(self, step: int) -> None:
        pass

    def epoch_ended(self, epoch: int) -> None:
        if epoch >= self.first:
            self.add(1 / (epoch - self.first + 1))


class ScheduleFreeAverage(Averaging):
    """The one that a schedule-free optimizer makes itself; it hands it over once in an epoch."""

    def __init__(self, network: Network, optimizer: Any) -> None:
        super().__init__(network)
        self.optimizer = optimizer

    def step_ended(self, step: int) -> None:
        pass

    @torch.no_grad()
    def epoch_ended(self, _epoch: int) -> None:
        moved = [weight.clone() for weight in self.weights]
        self.optimizer.eval()
        self.average = [weight.clone() for weight in self.weights]
        self.optimizer.train()
        torch._foreach_copy_(self.weights, moved)  # there and back it rounds
