"""Keys about the training that do not go together."""

from typing import Any

import pytest

from src.config.validate import dotted, validate
from tests.unit.config.test_validate import SMALLEST, mistakes_of


@pytest.mark.parametrize(
    ("trainer", "sentence"),
    [
        ({"ema": {}, "swa": {}, "early_stopping": None}, "trainer.swa: there is an average of the weights already"),
        ({"compile": True, "accumulate": 2}, "trainer.compile: parts of a batch would be a program each; take"),
        ({"batch_size": "auto", "accumulate": 20}, "trainer.accumulate: 20 parts of a batch of auto, which may be"),
        ({"batch_size": "auto", "devices": 17}, "trainer.devices: 17 devices share a batch of auto, which may be"),
        ({"swa": {}}, "trainer.swa: begins at a share of max_epochs, and early_stopping may end"),
        (
            {"swa": {}, "early_stopping": None, "max_seconds": 60.0},
            "trainer.swa: begins at a share of max_epochs, and max_seconds may end the training before; set max_sec",
        ),
        (
            {"swa": {"start": 0.9}, "max_epochs": 10, "early_stopping": None},
            "trainer.swa.start: 0.9 of 10 epochs leaves one epoch, which is no average",
        ),
        ({"schedules": {"dropout": "linear"}}, "trainer.schedules.dropout: has an effect on a dropout above 0 only"),
        ({"schedules": {"weight_decay": "cosine"}}, "trainer.schedules.weight_decay: has an effect on a weight"),
        (
            {"schedules": {"label_smoothing": "flat_cos"}},
            "trainer.schedules.label_smoothing: has an effect on a label_smoothing above 0 only, and there is none",
        ),
        (
            {"schedules": {"dropout": "linear"}, "compile": True},
            "trainer.compile: with schedules.dropout each step would be a program; take compile: false",
        ),
        ({"schedules": {"lr": "cosine"}}, "trainer.schedules.lr: there is no such key; got"),
    ],
)
def test_settings_that_exclude_one_another_are_refused(trainer: dict[str, Any], sentence: str) -> None:
    [found] = mistakes_of("trainer", trainer).values()
    assert found.startswith(sentence)


@pytest.mark.parametrize(
    "trainer",
    [
        {"ema": {"decay": 0.99}},
        {"swa": {"start": 0.8}, "max_epochs": 10, "early_stopping": None},
        {"swa": {"start": 0.0}, "max_epochs": 2, "early_stopping": None},
    ],
)
def test_settings_that_go_together_are_accepted(trainer: dict[str, Any]) -> None:
    assert mistakes_of("trainer", trainer) == {}


@pytest.mark.parametrize(
    ("section", "value", "sentence"),
    [
        ("scheduler", {"name": "cosine"}, "optimizer: schedulefree_adamw takes no schedule, got scheduler: cosine"),
        ("trainer", {"ema": {}}, "optimizer: the result of schedulefree_adamw is an average of the weights already"),
    ],
)
def test_a_schedule_free_optimizer_is_given_no_schedule_and_no_other_average(
    section: str, value: dict[str, Any], sentence: str
) -> None:
    tree = SMALLEST | {"optimizer": {"name": "schedulefree_adamw"}, section: value}
    _, mistakes = validate(tree, lambda path: f"at {dotted(path)}")
    [found] = mistakes.values()
    assert found.startswith(sentence)


def test_what_is_above_zero_can_be_scheduled() -> None:
    tree = SMALLEST | {
        "model": {"name": "mlp", "dropout": [0.0, 0.3]},
        "optimizer": {"name": "sgd", "weight_decay": 0.1},
        "loss": {"name": "auto", "label_smoothing": 0.1},
        "trainer": {"schedules": {"dropout": "linear", "weight_decay": "cosine", "label_smoothing": "flat_cos"}},
    }
    assert validate(tree, dotted)[1] == {}


def test_of_a_network_of_the_users_own_any_dropout_may_be_scheduled() -> None:
    tree = SMALLEST | {"model": {"name": "custom"}, "trainer": {"schedules": {"dropout": "linear"}}}
    assert validate(tree, dotted, allow_custom=True)[1] == {}
