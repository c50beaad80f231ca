import json
import math

import pytest

from src.patience import Patience


def answers(patience: Patience, losses: list[float]) -> list[bool]:
    return [patience.update(loss) for loss in losses]


def test_it_ends_when_as_many_epochs_in_a_row_did_not_improve() -> None:
    assert answers(Patience(2, 0.0), [3.0, 3.0, 2.0, 2.5, 2.1]) == [False, False, False, False, True]


@pytest.mark.parametrize("epochs", [0, 1])
def test_it_waits_for_one_epoch_at_least(epochs: int) -> None:
    assert answers(Patience(epochs, 0.0), [3.0, 2.0, 2.0]) == [False, False, True]


def test_an_improvement_counts_only_beyond_min_delta() -> None:
    # 2.75 is just not 0.25 below 3, and 2.5 is measured against 3, not against 2.75
    assert answers(Patience(2, 0.25), [3.0, 2.75, 2.5, 2.25, 2.25]) == [False, False, False, False, True]


def test_a_loss_that_is_no_number_is_no_improvement() -> None:
    assert answers(Patience(2, 0.0), [math.nan, 1.0, math.nan, math.nan]) == [False, False, False, True]


def test_its_state_survives_json_and_restores_the_count() -> None:
    losses = [3.0, 2.0, 2.5, 2.5, 1.0, 1.5, 1.5, 1.5]
    for border in range(len(losses)):
        whole, first, second = (Patience(3, 0.1) for _ in range(3))
        before = answers(first, losses[:border])
        second.restore(json.loads(json.dumps(first.state())))
        assert answers(whole, losses) == [*before, *answers(second, losses[border:])]


@pytest.mark.parametrize(
    ("growth", "best", "waited"), [(0.0, 10, 2), (0.1, 10, 2), (0.5, 10, 5), (1.0, 10, 10), (1.0, 1, 2), (0.75, 10, 8)]
)
def test_it_waits_longer_the_later_the_best_epoch_came(growth: float, best: int, waited: int) -> None:
    losses = [*(1 / epoch for epoch in range(1, best + 1)), *(9.0 for _ in range(waited))]
    assert answers(Patience(2, 0.0, growth), losses) == [*(False for _ in losses[:-1]), True]
