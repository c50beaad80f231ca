"""What every module of a network makes of one row, in the order in which they answer."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from src.models.network import Network


@dataclass(frozen=True, eq=False)
class Step:
    """`path` of the module, as in the network's state_dict; `call` counts the calls of the same module, from 0.

    `taken` and `given`: what came in and what went out, [1, ...]; `adds_input`: the second is the first plus what the
    module inside gave last (He et al. 2016).
    """

    path: str
    call: int
    module: nn.Module
    taken: Tensor
    given: Tensor
    adds_input: bool

    @property
    def key(self) -> tuple[str, int]:
        return self.path, self.call


@dataclass(frozen=True)
class Recording:
    """`logits` float32 [1, d_out] or [1, members, d_out]."""

    steps: tuple[Step, ...]
    logits: Tensor


@torch.no_grad()
def record(network: Network, x_num: Tensor, x_cat: Tensor) -> Recording:
    """Of one row, x_num [1, d_num] and x_cat [1, d_cat], as `src.inference` sends it through: the same numbers to the
    last bit."""
    return _recorded(network, x_num, x_cat, _Recorder(differentiable=False))


@torch.enable_grad()
def record_differentiable(network: Network, x_num: Tensor, x_cat: Tensor) -> Recording:
    """The same but for rounding, for torch.autograd: what each step gave has a gradient, inputs not excepted."""
    return _recorded(network, x_num, x_cat, _Recorder(differentiable=True))


def _recorded(network: Network, x_num: Tensor, x_cat: Tensor, recorder: "_Recorder") -> Recording:
    with _hooked(network, recorder):
        logits = network(x_num, x_cat)
    return Recording(tuple(recorder.steps), logits)


@contextmanager
def _hooked(network: Network, recorder: "_Recorder") -> Iterator[None]:
    handles = [
        module.register_forward_hook(partial(recorder.note, path))
        for path, module in network.named_modules(remove_duplicate=True)
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


class _Recorder:
    """Notes what modules give. Containers and dropout, which pass on what another one gave, have nothing to say, and
    neither has an encoder of numbers where there are none."""

    def __init__(self, differentiable: bool) -> None:
        self.differentiable = differentiable
        self.steps: list[Step] = []
        self.calls = Counter[str]()
        self.last: Tensor | None = None

    def note(self, path: str, module: nn.Module, taken: tuple[Any, ...], given: Any) -> Tensor | None:
        """A forward hook; what it gives back takes the place of `given`."""
        if not (taken and isinstance(taken[0], Tensor) and isinstance(given, Tensor)):
            return None
        if given is self.last or given is taken[0] or not given.numel():
            return None
        if self.differentiable and not given.requires_grad and given.is_floating_point():
            given = given.detach().requires_grad_()
        self.last = given
        adds_input = self._adds_input(path, taken[0], given)
        self.steps.append(Step(path, self.calls[path], module, self._kept(taken[0]), self._kept(given), adds_input))
        self.calls[path] += 1
        return self.last

    def _kept(self, values: Tensor) -> Tensor:
        """A copy, since the next module may work in place; for autograd the thing itself."""
        return values if self.differentiable else values.clone()

    def _adds_input(self, path: str, taken: Tensor, given: Tensor) -> bool:
        inner = self.steps[-1] if self.steps and self.steps[-1].path.startswith(f"{path}.") else None
        return inner is not None and taken.shape == inner.given.shape and torch.equal(given, taken + inner.given)
