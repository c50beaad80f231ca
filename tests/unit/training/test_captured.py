"""`Captured`, with a graph that does again what was done while it was captured, as a GPU does."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from src.captured import Captured


class Graph:
    """Replays the program into the tensors that the captured call gave."""

    def replay(self) -> None:
        for place, value in zip(self.given, self.again(), strict=True):
            place.copy_(value)

    given: list[Tensor]
    again: Any


@pytest.fixture(autouse=True)
def graph(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def capture(graph: Graph, capture_error_mode: str) -> Iterator[None]:
        assert capture_error_mode == "thread_local"
        Program.capturing = graph
        yield
        Program.capturing = None

    stream = SimpleNamespace(wait_stream=lambda _: None)
    for name, value in {
        "CUDAGraph": Graph,
        "graph": capture,
        "Stream": lambda: stream,
        "current_stream": lambda: stream,
        "stream": lambda _: nullcontext(),
        "get_rng_state": torch.get_rng_state,
        "set_rng_state": torch.set_rng_state,
    }.items():
        monkeypatch.setattr(torch.cuda, name, value)


class Program:
    """weight += x, with a random number that is drawn and not used; gives the new weight, doubled."""

    capturing: Graph | None = None

    def __call__(self, *inputs: Tensor) -> list[Tensor]:
        if (graph := self.capturing) is not None:  # nothing runs while it is captured
            graph.given, graph.again = [torch.zeros(2)], lambda: self.made(*inputs)
            return graph.given
        return self.made(*inputs)

    def made(self, weight: Tensor, x: Tensor) -> list[Tensor]:
        torch.rand(1)
        return [2 * weight.add_(x)]


def test_capturing_changes_neither_weights_nor_the_random_numbers_to_come() -> None:
    weight, generator = torch.tensor([1.0, 2.0]), torch.get_rng_state()
    Captured(Program(), [weight, torch.ones(2)], held=1)
    assert weight.tolist() == [1.0, 2.0]
    assert torch.equal(torch.get_rng_state(), generator)


def test_each_call_reads_its_own_inputs_and_changes_what_is_held() -> None:
    weight = torch.tensor([1.0, 2.0])
    captured = Captured(Program(), [weight, torch.full((2,), torch.nan)], held=1)
    assert captured(weight, torch.tensor([1.0, 0.0]))[0].tolist() == [4.0, 4.0]
    assert captured(weight, torch.tensor([0.0, 5.0]))[0].tolist() == [4.0, 14.0]
    assert weight.tolist() == [2.0, 7.0]


def test_an_answer_stays_when_the_next_comes() -> None:
    weight = torch.zeros(2)
    captured = Captured(Program(), [weight, torch.ones(2)], held=1)
    [first] = captured(weight, torch.ones(2))
    captured(weight, torch.ones(2))
    assert first.tolist() == [2.0, 2.0]


def test_a_program_of_held_tensors_only_needs_no_copies() -> None:
    weight = torch.zeros(2)
    captured = Captured(lambda *inputs: Program()(*inputs, torch.ones(2)), [weight], held=1)
    assert captured.read == []
    assert captured(weight)[0].tolist() == [2.0, 2.0]
