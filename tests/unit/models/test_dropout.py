import itertools

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from src.models.dropout import Dropout

ROWS = 23


def ones(width: int = 50) -> Tensor:
    return torch.ones(ROWS, width)


def in_parts(dropout: Dropout, x: Tensor, edges: list[int], seed: int) -> Tensor:
    pieces = []
    for start, stop in itertools.pairwise(edges):
        torch.manual_seed(seed)
        dropout.part = (start, stop, len(x))
        pieces.append(dropout(x[start:stop]))
    return torch.cat(pieces)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_it_equals_torch_with_the_same_seed(p: float) -> None:
    torch.manual_seed(1)
    expected = nn.Dropout(p)(ones())
    torch.manual_seed(1)
    assert_close(Dropout(p)(ones()), expected, rtol=0, atol=0)


@pytest.mark.parametrize("edges", [[0, ROWS], [0, 8, 16, ROWS], [0, 1, 1, ROWS], list(range(ROWS + 1))])
@pytest.mark.parametrize("width", [1, 7, 64])
def test_the_parts_together_meet_the_mask_of_the_whole_batch(edges: list[int], width: int) -> None:
    torch.manual_seed(2)
    expected = Dropout(0.4)(ones(width))
    assert_close(in_parts(Dropout(0.4), ones(width), edges, seed=2), expected)


def test_each_part_leaves_the_generator_where_one_batch_would() -> None:
    torch.manual_seed(3)
    Dropout(0.3)(ones())
    expected = torch.random.get_rng_state()
    in_parts(Dropout(0.3), ones(), [0, 5, ROWS], seed=3)
    assert torch.random.get_rng_state().equal(expected)


def test_the_mean_stays() -> None:
    torch.manual_seed(4)
    assert Dropout(0.25)(torch.ones(200_000)).mean().item() == pytest.approx(1.0, abs=0.01)


def test_evaluation_changes_nothing() -> None:
    dropout = Dropout(0.5).eval()
    dropout.part = (0, 3, ROWS)
    assert dropout(ones()).equal(ones())


# Masks of bits


@pytest.mark.parametrize("p", [0.05, 0.25, 0.9])
def test_of_bits_drops_the_share_and_keeps_the_mean(p: float) -> None:
    torch.manual_seed(5)
    dropped = Dropout(p, of_bits=True)(torch.ones(1000, 203))
    assert (dropped == 0).double().mean().item() == pytest.approx(p, abs=0.005)
    assert dropped.unique().tolist() == pytest.approx([0.0, 1 / (1 - p)])


def test_of_bits_neighbours_are_dropped_independently() -> None:
    torch.manual_seed(6)
    kept = Dropout(0.5, of_bits=True)(torch.ones(4000, 16)).sign()
    apart = torch.corrcoef(kept.T) - torch.eye(16)
    assert apart.abs().max() < 0.08


@pytest.mark.parametrize("edges", [[0, ROWS], [0, 8, 16, ROWS], list(range(ROWS + 1))])
def test_of_bits_the_parts_together_meet_the_mask_of_the_whole_batch(edges: list[int]) -> None:
    torch.manual_seed(2)
    expected = Dropout(0.4, of_bits=True)(ones(7))
    assert_close(in_parts(Dropout(0.4, of_bits=True), ones(7), edges, seed=2), expected)


def test_of_bits_a_share_too_small_for_16_bits_drops_nothing_and_one_too_large_all() -> None:
    assert Dropout(1e-6, of_bits=True)(ones()).count_nonzero() == ROWS * 50
    assert Dropout(1 - 1e-6, of_bits=True)(ones()).count_nonzero() <= 1


def test_of_bits_evaluation_changes_nothing() -> None:
    assert Dropout(0.5, of_bits=True).eval()(ones()).equal(ones())
