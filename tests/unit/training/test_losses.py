from typing import Any

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter
from sklearn.metrics import log_loss
from sklearn.utils.class_weight import compute_class_weight
from torch import Tensor, nn
from torch.testing import assert_close

from src.config.loss import Loss
from src.errors import ConfigError
from src.losses import BinaryCrossEntropyLoss, CrossEntropyLoss, build
from src.spec import OutputSpec
from src.task import Task

THREE = OutputSpec("kind", Task.MULTICLASS, ("a", "b", "c"))
TWO = OutputSpec("kind", Task.BINARY, ("no", "yes"))
VALUE = OutputSpec("price", Task.REGRESSION, (), 100.0, 25.0)

N = 40


def section(**keys: Any) -> dict[str, Any]:
    section: dict[str, Any] = TypeAdapter[Any](Loss).validate_python(keys).model_dump()
    return section


def classified(output: OutputSpec) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(N, output.d_out, generator=generator)
    return logits, torch.multinomial(torch.tensor([0.6, 0.3, 0.1])[: len(output.classes)], N, True, generator=generator)


def measured() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(N, 1, generator=generator), torch.randn(N, generator=generator).double() * 30 + 90


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("weights", [None, [0.5, 1.0, 4.0]])
def test_cross_entropy_equals_torch(smoothing: float, weights: list[float] | None) -> None:
    logits, y = classified(THREE)
    loss = build(section(name="cross_entropy", label_smoothing=smoothing, class_weights=weights), THREE, y)
    weight = None if weights is None else torch.tensor(weights)
    reference = nn.CrossEntropyLoss(weight, label_smoothing=smoothing)
    assert_close(loss(logits, loss.target(y)), reference(logits, y))


def test_binary_cross_entropy_equals_torch_and_scikit_learn() -> None:
    logits, y = classified(TWO)
    loss = build(section(name="binary_cross_entropy"), TWO, y)
    mean = loss(logits, loss.target(y))
    assert_close(mean, nn.BCEWithLogitsLoss()(logits[:, 0], y.float()))
    assert mean.item() == pytest.approx(log_loss(y, torch.sigmoid(logits[:, 0]).double()), abs=1e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("weights", [None, [0.5, 4.0]])
def test_a_binary_loss_equals_cross_entropy_over_two_classes(smoothing: float, weights: list[float] | None) -> None:
    logits, y = classified(TWO)
    loss = build(section(name="binary_cross_entropy", label_smoothing=smoothing, class_weights=weights), TWO, y)
    each = nn.CrossEntropyLoss(label_smoothing=smoothing, reduction="none")(torch.cat([0 * logits, logits], 1), y)
    weight = torch.ones(N) if weights is None else torch.tensor(weights)[y]
    assert_close(loss(logits, loss.target(y)), (each * weight).sum() / weight.sum())


@pytest.mark.parametrize(
    ("keys", "reference"),
    [
        ({"name": "mse"}, nn.MSELoss()),
        ({"name": "mae"}, nn.L1Loss()),
        ({"name": "huber"}, nn.HuberLoss()),
        ({"name": "huber", "delta": 0.3}, nn.HuberLoss(delta=0.3)),
    ],
)
def test_a_regression_loss_equals_torch_in_standard_units(keys: dict[str, Any], reference: nn.Module) -> None:
    logits, y = measured()
    loss = build(section(**keys), VALUE, y)
    assert_close(loss(logits, loss.target(y)), reference(logits[:, 0], ((y - 100) / 25).float()))


@pytest.mark.parametrize(
    ("output", "keys"),
    [
        (THREE, {"name": "auto"}),
        (THREE, {"name": "cross_entropy", "label_smoothing": 0.1, "class_weights": [1.0, 2.0, 5.0]}),
        (TWO, {"name": "auto"}),
        (TWO, {"name": "binary_cross_entropy", "label_smoothing": 0.1, "class_weights": [1.0, 3.0]}),
        (VALUE, {"name": "auto"}),
        (VALUE, {"name": "mae"}),
        (VALUE, {"name": "huber", "delta": 0.5}),
    ],
)
def test_totals_and_weights_of_parts_add_up(output: OutputSpec, keys: dict[str, Any]) -> None:
    logits, y = classified(output) if output.classes else measured()
    loss = build(section(**keys), output, y)
    target = loss.target(y)
    parts = [slice(0, 1), slice(1, 1), slice(1, 13), slice(13, N)]
    total = sum((loss.total(logits[part], target[part]) for part in parts), torch.zeros(()))
    weight = sum(loss.weight(target[part]) for part in parts)
    assert weight == pytest.approx(loss.weight(target), rel=1e-6)
    assert_close(total / weight, loss(logits, target))


@pytest.mark.parametrize("output", [TWO, THREE])
def test_balanced_class_weights_equal_scikit_learn(output: OutputSpec) -> None:
    _, y = classified(output)
    loss = build(section(name=output.task.default_loss, class_weights="balanced"), output, y)
    assert isinstance(loss, CrossEntropyLoss | BinaryCrossEntropyLoss)
    expected = compute_class_weight("balanced", classes=np.arange(len(output.classes)), y=y.numpy())
    assert_close(loss.class_weights, torch.tensor(expected, dtype=torch.float32))


@pytest.mark.parametrize("output", [THREE, TWO, VALUE])
def test_auto_is_the_default_loss_of_the_task(output: OutputSpec) -> None:
    logits, y = classified(output) if output.classes else measured()
    auto, named = (build(section(name=name), output, y) for name in ("auto", output.task.default_loss))
    assert auto(logits, auto.target(y)).equal(named(logits, named.target(y)))


@pytest.mark.parametrize(
    ("name", "output", "kind", "required"),
    [
        ("mse", THREE, "multiclass", "cross_entropy"),
        ("cross_entropy", TWO, "binary", "binary_cross_entropy"),
        ("binary_cross_entropy", THREE, "multiclass", "cross_entropy"),
        ("cross_entropy", VALUE, "regression", "mse or mae or huber"),
    ],
)
def test_a_loss_of_another_task_is_refused(name: str, output: OutputSpec, kind: str, required: str) -> None:
    sentence = f"loss={name} does not fit the target '{output.target}', which is {kind}; required: {required}. "
    with pytest.raises(ConfigError, match=sentence):
        build(section(name=name), output, torch.zeros(3, dtype=torch.int64))


@pytest.mark.parametrize("output", [TWO, THREE])
def test_class_weights_must_be_one_for_each_class(output: OutputSpec) -> None:
    count, names = len(output.classes), ", ".join(output.classes)
    sentence = f"loss.class_weights has 4 entries; required: {count}, one for each class of 'kind' .*: {names}"
    with pytest.raises(ConfigError, match=sentence):
        build(section(name=output.task.default_loss, class_weights=[1.0] * 4), output, torch.tensor([0, 1, 1]))
