"""Dropout, weight decay and label smoothing over the steps."""

import math
import typing
from typing import Any

import pytest
import torch
from torch.optim import AdamW

from src.config.schedules import Schedules, Shape
from src.errors import ConfigError
from src.losses.class_losses import BinaryCrossEntropyLoss, CrossEntropyLoss
from src.losses.row_loss import RowLoss
from src.models.dropout import Dropout
from src.models.mlp import Mlp
from src.regularisation import SHAPES, Regularisation
from src.spec import InputSpec

INPUT = InputSpec(("a", "b"), (0.0,) * 2, (0.0,) * 2, (1.0,) * 2, (False,) * 2, (), ())
STEPS = 40


def made(
    schedules: dict[str, Any], loss: RowLoss | None = None, rates: tuple[float, float] = (0.2, 0.4)
) -> tuple[Regularisation, Mlp, AdamW]:
    network = Mlp(INPUT, 3, hidden=[4, 4], dropout=rates)
    others, biases = ([each for each in network.parameters() if each.ndim == ndim] for ndim in (2, 1))
    groups: list[dict[str, Any]] = [{"params": others}, {"params": biases, "weight_decay": 0.0}]
    optimizer = AdamW(groups, weight_decay=0.1)
    section = Schedules(**schedules).model_dump()
    return Regularisation(section, network, optimizer, loss or CrossEntropyLoss(0.3), STEPS), network, optimizer


def rates(network: Mlp) -> list[float]:
    return [module.p for module in network.modules() if isinstance(module, Dropout)]


def test_each_name_of_the_configuration_is_known_here() -> None:
    assert list(SHAPES) == list(typing.get_args(Shape))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_starts_at_one_and_falls_to_zero(shape: str) -> None:
    values = [SHAPES[shape](share / 100) for share in range(101)]
    assert values[0] == 1.0
    assert values == sorted(values, reverse=True)
    assert values[-1] == pytest.approx(1.0 if shape == "constant" else 0.0)


def test_flat_cos_is_that_of_the_authors() -> None:
    """pytabkit: constant for half of the time, then (1 + cos(pi t)) / 2 over the other half."""
    for share in (0.0, 0.2, 0.5):
        assert SHAPES["flat_cos"](share) == 1.0
    for t in (0.0, 0.25, 0.5, 0.9):
        assert SHAPES["flat_cos"](0.5 + t / 2) == pytest.approx((1 + math.cos(math.pi * t)) / 2)


def test_what_has_a_schedule_follows_it_and_nothing_else_changes() -> None:
    regularisation, network, optimizer = made({"dropout": "flat_cos"})
    regularisation.set(0)
    assert rates(network) == [0.2, 0.4]
    regularisation.set(3 * STEPS // 4)
    assert rates(network) == pytest.approx([0.1, 0.2])
    assert [group["weight_decay"] for group in optimizer.param_groups] == [0.1, 0.0]
    assert regularisation.loss.label_smoothing == 0.3


def test_weight_decay_is_scaled_in_each_group() -> None:
    regularisation, network, optimizer = made({"weight_decay": "linear"})
    regularisation.set(STEPS // 4)
    assert [group["weight_decay"] for group in optimizer.param_groups] == pytest.approx([0.075, 0.0])
    assert rates(network) == [0.2, 0.4]


@pytest.mark.parametrize("loss", [CrossEntropyLoss(0.3), BinaryCrossEntropyLoss(0.3)])
def test_label_smoothing_moves_in_training_while_the_measure_stays(loss: RowLoss) -> None:
    regularisation, _, _ = made({"label_smoothing": "linear"}, loss)
    regularisation.set(2 * STEPS // 3)
    assert regularisation.loss.label_smoothing == pytest.approx(0.3 * (1 - (2 * STEPS // 3) / STEPS))
    assert loss.label_smoothing == 0.3
    logits, y = torch.randn(8, 3), loss.target(torch.arange(8) % 2)
    assert not torch.allclose(regularisation.loss(logits, y), loss(logits, y))


def test_class_weights_go_with_the_measure_to_its_device() -> None:
    measure = CrossEntropyLoss(0.3, torch.tensor([1.0, 2.0, 3.0]))
    regularisation, _, _ = made({"label_smoothing": "linear"}, measure)
    measure.to(torch.device("meta"))
    assert regularisation.loss.class_weights is not None
    assert regularisation.loss.class_weights.is_meta


def test_a_step_is_enough_to_know_all_values() -> None:
    """So a resumed run has them, whatever was set before."""
    schedules = {"dropout": "cosine", "weight_decay": "flat_cos", "label_smoothing": "linear"}
    one, other = (made(schedules) for _ in range(2))
    for step in range(STEPS):
        one[0].set(step)
    other[0].set(STEPS - 1)
    assert rates(one[1]) == rates(other[1])
    assert [group["weight_decay"] for group in one[2].param_groups] == [
        group["weight_decay"] for group in other[2].param_groups
    ]


def test_dropout_that_is_nowhere_cannot_be_scheduled() -> None:
    with pytest.raises(ConfigError, match=r"trainer\.schedules\.dropout: the network has no src\.models\.dropout\.D"):
        made({"dropout": "linear"}, rates=(0.0, 0.0))
