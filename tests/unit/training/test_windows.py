"""The order of an epoch: of all rows where they are few, in two levels where they are many."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from src.batches import seed_for
from src.windows import BLOCKS, EpochOrder, window_rows


@settings(deadline=None)
@given(rows=st.integers(1, 500), window=st.integers(1, 20), seed=st.integers(0, 2**32 - 1), epoch=st.integers(0, 10**6))
def test_order_is_a_permutation_that_follows_from_seed_and_epoch(rows: int, window: int, seed: int, epoch: int) -> None:
    drawn = EpochOrder(rows, window * BLOCKS, seed, epoch).all()
    assert drawn.dtype == torch.int64
    assert sorted(drawn.tolist()) == list(range(rows))
    assert drawn.equal(EpochOrder(rows, window * BLOCKS, seed, epoch).all())


@settings(deadline=None)
@given(rows=st.integers(1, 500), window=st.integers(1, 20), epoch=st.integers(0, 100))
def test_windows_one_after_the_other_are_the_whole_order(rows: int, window: int, epoch: int) -> None:
    order = EpochOrder(rows, window * BLOCKS, 3, epoch)
    assert (order.starts[0], order.starts[-1]) == (0, rows)
    for number, blocks in enumerate(order.windows):
        held = [row for block in blocks for row in range(*block)]
        first, last = order.starts[number : number + 2]
        assert [held[place] for place in order.within(number).tolist()] == order.all()[first:last].tolist()
        assert last - first <= window * BLOCKS or len(order.windows) == 1


def test_rows_that_fit_into_a_window_are_shuffled_as_one() -> None:
    generator = torch.Generator().manual_seed(seed_for(7, 4))
    assert EpochOrder(100, 112, 7, 4).all().equal(torch.randperm(100, generator=generator))


def test_each_seed_and_each_epoch_has_an_order_of_its_own() -> None:
    for window in (48, 112):
        orders = {tuple(EpochOrder(100, window, s, e).all().tolist()) for s in range(10) for e in range(10)}
        assert len(orders) == 100


def test_the_order_leaves_the_global_generator_alone() -> None:
    before = torch.random.get_rng_state()
    EpochOrder(100, 48, 1, 2).all()
    assert torch.random.get_rng_state().equal(before)


def test_blocks_come_at_any_place_of_the_epoch() -> None:
    """Over 400 epochs the first row is, on average, in the middle, and spreads as a uniform place does."""
    places = torch.tensor([int((EpochOrder(640, 64, 0, epoch).all() == 0).nonzero()) for epoch in range(400)]) / 639
    assert abs(float(places.mean()) - 0.5) < 0.06
    assert abs(float(places.std()) - 12**-0.5) < 0.03


def test_a_window_takes_at_most_128_mib_within_its_bounds() -> None:
    assert window_rows(1) == window_rows(28) == 1 << 20
    assert window_rows(100) * 400 <= 128 << 20 < (window_rows(100) + BLOCKS) * 400
    assert window_rows(10_000) == 1 << 16
    assert all(window_rows(d_in) % BLOCKS == 0 for d_in in range(1, 2000, 7))
