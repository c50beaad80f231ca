"""What a row counts and several targets come to the learner beside its inputs, from memory and from the disk alike."""

from copy import deepcopy

import pytest
import torch
from torch import Tensor

from src import feed as feeds
from src.data.part import Part
from src.feed import Feed, Resident, Streamed
from src.losses.build import build_loss
from src.spec import OutputSpec
from src.task import Task

N = 50
OUTPUT = OutputSpec(("a", "b"), Task.MULTILABEL)
CPU = torch.device("cpu")


def part(weighted: bool, y: Tensor | None = None) -> Part:
    number = torch.arange(N)
    labels = torch.stack([number % 2, number % 3 // 2], 1)
    weight = number / 7 if weighted else torch.empty(0)
    return Part(number[:, None].float(), number[:, None].int(), labels if y is None else y, number + 1, weight)


def feed_of(kind: type[Feed], weighted: bool) -> Feed:
    found = part(weighted)
    return kind(found, lambda x: x * 2, build_loss({"name": "auto"}, OUTPUT, found.y), CPU)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "PIECE", 16)
    monkeypatch.setattr(feeds, "window_rows", lambda _: 16)


@pytest.mark.parametrize("kind", [Resident, Streamed])
@pytest.mark.parametrize("weighted", [False, True])
def test_targets_and_weight_of_a_row_stay_with_it_in_the_order_of_an_epoch(kind: type[Feed], weighted: bool) -> None:
    feed = feed_of(kind, weighted)
    feed.start_epoch(3, 1)
    rows = [deepcopy(feed.at(start, min(start + 7, N))) for start in range(0, N, 7)]  # the next ones may overwrite them
    number = torch.cat([each.x_cat for each in rows])[:, 0]
    assert sorted(number.tolist()) == list(range(N))
    assert number.tolist() != list(range(N))
    assert torch.cat([each.target for each in rows]).equal(torch.stack([number % 2, number % 3 // 2], 1).float())
    weight = torch.cat([each.weight for each in rows])
    assert weight.equal((number / 7)[:, None] if weighted else torch.empty(N, 0))
    assert (feed.weight is not None) is weighted


def test_a_balanced_epoch_draws_rare_classes_as_often() -> None:
    y = (torch.arange(N) % 10 == 0).long()
    loss = build_loss({"name": "auto"}, OutputSpec(("y",), Task.BINARY, ("usual", "rare")), y)
    feed = Resident(part(True, y), lambda x: x, loss, CPU, balanced=True)
    counts = []
    for epoch in range(40):
        feed.start_epoch(0, epoch)
        rows = feed.at(0, N)
        assert rows.weight[:, 0].equal(rows.x_cat[:, 0] / 7)
        counts.append(int(rows.target.sum()))
    assert sum(counts) / len(counts) == pytest.approx(N / 2, abs=2)  # four standard deviations are 2.2
