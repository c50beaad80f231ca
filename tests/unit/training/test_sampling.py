import pytest
import torch

from src.sampling import balanced_order

ORDER = torch.randperm(1000, generator=torch.Generator().manual_seed(1))
CLASSES = torch.tensor([0] * 900 + [1] * 90 + [2] * 10)[ORDER]


def test_an_epoch_has_as_many_rows_and_each_class_equally_often_but_for_chance() -> None:
    drawn = torch.cat([balanced_order(CLASSES, 0, epoch) for epoch in range(30)])
    assert drawn.dtype == torch.int64
    assert balanced_order(CLASSES, 0, 0).shape == (1000,)
    shares = torch.bincount(CLASSES[drawn]) / len(drawn)
    assert shares.tolist() == pytest.approx([1 / 3] * 3, abs=0.01)  # three standard deviations are 0.008


def test_each_row_of_a_class_is_equally_likely() -> None:
    drawn = torch.cat([balanced_order(CLASSES, 7, epoch) for epoch in range(100)])
    counts = torch.bincount(drawn, minlength=1000)
    for k, rows in enumerate((900, 90, 10)):
        expected = 100_000 / 3 / rows
        of_class = CLASSES.eq(k)
        chi_squared = ((counts[of_class] - expected) ** 2 / expected).sum().item()
        assert abs(chi_squared - rows) < 4 * (2 * rows) ** 0.5


def test_the_order_follows_from_seed_and_epoch_and_leaves_the_global_generator_alone() -> None:
    before = torch.random.get_rng_state()
    assert balanced_order(CLASSES, 3, 5).equal(balanced_order(CLASSES, 3, 5))
    assert len({tuple(balanced_order(CLASSES, seed, epoch).tolist()) for seed in range(5) for epoch in range(5)}) == 25
    assert torch.random.get_rng_state().equal(before)
