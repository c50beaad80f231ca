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
from src.losses.build import build_loss as build
from src.losses.class_losses import BinaryCrossEntropyLoss, CrossEntropyLoss, LabelLoss
from src.losses.row_loss import RowLoss
from src.outputs import with_head
from src.spec import OutputSpec
from src.task import Task

LABELS = OutputSpec(("a", "b", "c"), Task.MULTILABEL)
THREE = OutputSpec(("kind",), Task.MULTICLASS, ("a", "b", "c"))
TWO = OutputSpec(("kind",), Task.BINARY, ("no", "yes"))
VALUE = OutputSpec(("price",), Task.REGRESSION, (), (100.0,), (25.0,))

N = 40
WEIGHT = torch.arange(N).float() % 7 / 3


def section(**keys: Any) -> dict[str, Any]:
    section: dict[str, Any] = TypeAdapter[Any](Loss).validate_python(keys).model_dump()
    return section


def classified(output: OutputSpec) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(N, output.d_out, generator=generator)
    return logits, torch.multinomial(torch.tensor([0.6, 0.3, 0.1])[: len(output.classes)], N, True, generator=generator)


def labelled() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(N, 3, generator=generator), (torch.rand(N, 3, generator=generator) < 0.3).long()


def rows_of(output: OutputSpec) -> tuple[Tensor, Tensor]:
    if output.task is Task.MULTILABEL:
        return labelled()
    return classified(output) if output.classes else measured()


def headed(keys: dict[str, Any], output: OutputSpec, y: Tensor) -> tuple[RowLoss, Tensor]:
    """The loss, and logits of the width that it takes."""
    output = with_head(output, keys)
    return build(keys, output, y), torch.randn(N, output.d_out, generator=torch.Generator().manual_seed(0))


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
        (VALUE, {"name": "log_cosh"}),
        (TWO, {"name": "focal", "class_weights": [1.0, 3.0]}),
        (THREE, {"name": "focal", "gamma": 0.5, "class_weights": [1.0, 2.0, 5.0]}),
        (VALUE, {"name": "huber", "delta": 0.5}),
        (LABELS, {"name": "auto"}),
        (LABELS, {"name": "binary_cross_entropy", "label_smoothing": 0.1, "class_weights": [1.0, 2.0, 5.0]}),
        (VALUE, {"name": "quantile"}),
        (VALUE, {"name": "gaussian_nll"}),
        (VALUE, {"name": "poisson"}),
        (THREE, {"name": "coral"}),
        (THREE, {"name": "corn"}),
    ],
)
@pytest.mark.parametrize("weighted", [False, True])
def test_totals_and_weights_of_parts_add_up(output: OutputSpec, keys: dict[str, Any], weighted: bool) -> None:
    _, y = rows_of(output)
    counts = WEIGHT if weighted else None
    loss, logits = headed(section(**keys), output, y)
    target = loss.target(y)
    parts = [slice(0, 1), slice(1, 1), slice(1, 13), slice(13, N)]
    of_parts = [None if counts is None else counts[part] for part in parts]
    cut = [(logits[part], target[part], each) for part, each in zip(parts, of_parts, strict=True)]
    total = sum((loss.total(*each) for each in cut), torch.zeros(()))
    weight = sum(float(loss.weight(target, each)) for _, target, each in cut)
    assert weight == pytest.approx(float(loss.weight(target, counts)), rel=1e-6)
    assert_close(total / weight, loss(logits, target, counts))


@pytest.mark.parametrize("output", [THREE, TWO, VALUE, LABELS])
def test_a_row_of_weight_two_counts_like_two_rows(output: OutputSpec) -> None:
    logits, y = rows_of(output)
    repeats = torch.arange(N) % 3
    loss = build(section(name="auto"), output, y)
    target = loss.target(y)
    expected = loss(logits.repeat_interleave(repeats, 0), target.repeat_interleave(repeats, 0))
    assert_close(loss(logits, target, repeats.float()), expected)


@pytest.mark.parametrize("output", [THREE, TWO, VALUE, LABELS])
def test_rows_of_weight_zero_alone_cost_nothing(output: OutputSpec) -> None:
    logits, y = rows_of(output)
    loss = build(section(name="auto"), output, y)
    assert loss(logits, loss.target(y), torch.zeros(N)).item() == 0


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("weights", [None, [0.5, 1.0, 4.0]])
def test_the_loss_of_labels_equals_torch(smoothing: float, weights: list[float] | None) -> None:
    logits, y = labelled()
    keys = section(name="binary_cross_entropy", label_smoothing=smoothing, class_weights=weights)
    loss = build(keys, LABELS, y)
    reference = nn.BCEWithLogitsLoss(pos_weight=None if weights is None else torch.tensor(weights))
    smooth = y.float() * (1 - smoothing) + smoothing / 2
    assert_close(loss(logits, loss.target(y)), reference(logits, smooth))


def test_balanced_labels_count_as_much_with_as_without() -> None:
    _, y = labelled()
    loss = build(section(name="binary_cross_entropy", class_weights="balanced"), LABELS, y)
    assert isinstance(loss, LabelLoss)
    assert loss.pos_weight is not None
    assert_close(loss.pos_weight * (y == 1).sum(0), (y == 0).sum(0).float())


@pytest.mark.parametrize(("name", "reference"), [("mse", nn.MSELoss()), ("mae", nn.L1Loss())])
def test_the_loss_of_several_numbers_is_the_mean_over_them(name: str, reference: nn.Module) -> None:
    output = OutputSpec(("a", "b"), Task.REGRESSION, (), (100.0, 5.0), (25.0, 2.0))
    generator = torch.Generator().manual_seed(0)
    logits, y = torch.randn(N, 2, generator=generator), torch.randn(N, 2, generator=generator).double() * 9
    loss = build(section(name=name), output, y)
    standard = (y - torch.tensor([100.0, 5.0])) / torch.tensor([25.0, 2.0])
    assert_close(loss(logits, loss.target(y)), reference(logits, standard.float()))


@pytest.mark.parametrize("output", [TWO, THREE])
def test_balanced_class_weights_equal_scikit_learn(output: OutputSpec) -> None:
    _, y = classified(output)
    loss = build(section(name=output.task.default_loss, class_weights="balanced"), output, y)
    assert isinstance(loss, CrossEntropyLoss | BinaryCrossEntropyLoss)
    expected = compute_class_weight("balanced", classes=np.arange(len(output.classes)), y=y.numpy())
    assert_close(loss.class_weights, torch.tensor(expected, dtype=torch.float32))


@pytest.mark.parametrize("gamma", [0.5, 2.0, 5.0])
def test_the_binary_focal_loss_equals_the_formula_with_alpha_as_class_weight(gamma: float) -> None:
    """Lin et al. 2017, as `torchvision.ops.sigmoid_focal_loss` writes it, with alpha = 0.25."""
    logits, y = classified(TWO)
    loss = build(section(name="focal", gamma=gamma, class_weights=[0.75, 0.25]), TWO, y)
    p = torch.sigmoid(logits[:, 0])
    truth = y.float()
    p_true = p * truth + (1 - p) * (1 - truth)
    alpha = 0.25 * truth + 0.75 * (1 - truth)
    each = -alpha * (1 - p_true) ** gamma * p_true.log()
    assert_close(loss.rows(logits, loss.target(y)), each)
    assert_close(loss(logits, loss.target(y)), each.sum() / alpha.sum())


@pytest.mark.parametrize("gamma", [0.5, 2.0])
def test_the_focal_loss_of_several_classes_equals_the_formula(gamma: float) -> None:
    logits, y = classified(THREE)
    loss = build(section(name="focal", gamma=gamma), THREE, y)
    p = torch.softmax(logits, 1)[torch.arange(N), y]
    assert_close(loss(logits, loss.target(y)), (-((1 - p) ** gamma) * p.log()).mean())


@pytest.mark.parametrize("output", [TWO, THREE])
def test_the_focal_loss_has_a_finite_gradient_where_nothing_is_left_to_learn(output: OutputSpec) -> None:
    logits = torch.zeros(2, output.d_out)
    logits[:, -1] = 200.0
    y = torch.tensor([len(output.classes) - 1, 0])
    logits.requires_grad_()
    loss = build(section(name="focal", gamma=0.5), output, y)
    loss(logits, loss.target(y)).backward()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()
    assert (logits.grad[0] == 0).all()
    assert (logits.grad[1] != 0).any()


def test_log_cosh_equals_its_definition_and_does_not_overflow() -> None:
    logits, y = measured()
    loss = build(section(name="log_cosh"), VALUE, y)
    error = logits[:, 0].double() - (y - 100) / 25
    assert_close(loss(logits, loss.target(y)).double(), error.cosh().log().mean(), rtol=1e-5, atol=1e-6)
    far = loss(torch.tensor([[1e6]]), torch.zeros(1, 1))
    assert far.item() == pytest.approx(1e6 - np.log(2))


@pytest.mark.parametrize("output", [THREE, TWO, VALUE])
def test_auto_is_the_default_loss_of_the_task(output: OutputSpec) -> None:
    logits, y = classified(output) if output.classes else measured()
    auto, named = (build(section(name=name), output, y) for name in ("auto", output.task.default_loss))
    assert auto(logits, auto.target(y)).equal(named(logits, named.target(y)))


@pytest.mark.parametrize(
    ("name", "output", "kind", "required"),
    [
        ("mse", THREE, "multiclass", "cross_entropy or focal or coral or corn"),
        ("cross_entropy", TWO, "binary", "binary_cross_entropy or focal"),
        ("focal", LABELS, "multilabel", "binary_cross_entropy"),
        ("binary_cross_entropy", THREE, "multiclass", "cross_entropy or focal or coral or corn"),
        ("coral", TWO, "binary", "binary_cross_entropy or focal"),
        ("quantile", THREE, "multiclass", "cross_entropy or focal or coral or corn"),
        ("cross_entropy", VALUE, "regression", "mse or mae or huber or log_cosh or quantile or gaussian_nll or pois"),
    ],
)
def test_a_loss_of_another_task_is_refused(name: str, output: OutputSpec, kind: str, required: str) -> None:
    sentence = f"loss={name} does not fit the target '{output.name}', which is {kind}; required: {required}"
    with pytest.raises(ConfigError, match=sentence):
        build(section(name=name), output, torch.zeros(3, dtype=torch.int64))


@pytest.mark.parametrize("output", [TWO, THREE])
def test_class_weights_must_be_one_for_each_class(output: OutputSpec) -> None:
    count, names = len(output.classes), ", ".join(output.classes)
    sentence = f"loss.class_weights has 4 entries; required: {count}, one for each class of 'kind' .*: {names}"
    with pytest.raises(ConfigError, match=sentence):
        build(section(name=output.task.default_loss, class_weights=[1.0] * 4), output, torch.tensor([0, 1, 1]))
