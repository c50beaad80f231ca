import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F
from torch.testing import assert_close

from src.errors import ConfigError
from src.inference import Predictor
from src.rows import from_text
from src.spec import OutputSpec
from src.task import Task
from src.tracing.configured_loss import configured_loss
from src.tracing.gradients import backward
from src.tracing.trace import networks_of, trace
from tests.architectures import ARCHITECTURES, untrained
from tests.unit.tracing.test_recording import ALL, FRAME

LABELS = OutputSpec(("a", "b"), Task.MULTILABEL)


def test_numbers_of_the_lesson_are_those_of_a_pass_by_hand(lesson: Path) -> None:
    predictor = Predictor.load(lesson / "bundle")
    of = trace(predictor, from_text("[47.3,14.8,20.2,40.0]", predictor.features), torch.tensor([0])).passes[0]
    assert of.backward is not None
    w = {name: value.detach().double().numpy() for name, value in of.network.state_dict().items()}

    x = (np.array([47.3, 14.8, 20.2, 40.0]) - w["numeric.center"]) / w["numeric.scale"]
    z1 = w["layers.0.weight"] @ x + w["layers.0.bias"]
    a1 = np.maximum(z1, 0)
    z2 = w["layers.2.weight"] @ a1 + w["layers.2.bias"]
    a2 = np.maximum(z2, 0)
    z3 = w["layers.4.weight"] @ a2 + w["layers.4.bias"]
    softmax = np.exp(z3) / np.exp(z3).sum()

    d3 = softmax - np.array([1, 0, 0])
    da2 = w["layers.4.weight"].T @ d3
    d2 = da2 * (z2 > 0)
    da1 = w["layers.2.weight"].T @ d2
    d1 = da1 * (z1 > 0)
    dx = w["layers.0.weight"].T @ d1

    steps = [step for layer in of.layers for step in layer.steps]
    for step, value, slope in zip(steps, [x, z1, a1, z2, a2, z3], [dx, d1, da1, d2, da2, d3], strict=True):
        np.testing.assert_allclose(step.given[0].numpy(), value, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(of.backward.of(step)[0].numpy(), slope, rtol=1e-4, atol=1e-5)
    assert of.backward.loss == pytest.approx(-np.log(softmax[0]), rel=1e-4)
    for path, slope, inputs in (("layers.0", d1, x), ("layers.2", d2, a1), ("layers.4", d3, a2)):
        of_weight, of_bias = (of.backward.of_weights[f"{path}.{kind}"].numpy() for kind in ("weight", "bias"))
        np.testing.assert_allclose(of_weight, np.outer(slope, inputs), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(of_bias, slope, rtol=1e-4, atol=1e-5)


@ALL
def test_gradients_of_all_weights_are_those_of_autograd(penguins: Path, name: str) -> None:
    predictor = untrained(penguins, *ARCHITECTURES[name])
    network, (x_num, x_cat) = networks_of(predictor)[0], predictor.features.encode(FRAME)
    loss = configured_loss(predictor.bundle.facts, predictor.features.output)
    found = backward(network, x_num, x_cat, loss, torch.tensor([1]))
    logits = network(x_num, x_cat).reshape(-1, 3)  # a row for each member
    expected = F.cross_entropy(logits, torch.ones(len(logits), dtype=torch.int64))
    expected.backward()  # type: ignore[no-untyped-call]
    assert found.loss == pytest.approx(expected.item())
    assert {*found.of_weights} == {name for name, _ in network.named_parameters()}
    for key, weight in network.named_parameters():
        assert weight.grad is not None
        assert_close(found.of_weights[key], weight.grad, rtol=1e-4, atol=1e-6)


def test_members_of_an_ensemble_have_gradients_of_their_own(penguins: Path) -> None:
    predictor = untrained(penguins, *ARCHITECTURES["ensemble"])
    passes = trace(predictor, FRAME, torch.tensor([2])).passes
    assert len(passes) == 3
    for each in passes:
        assert each.backward is not None
        last = each.layers[-1].sums
        assert_close(each.backward.of(last), torch.softmax(last.given, 1) - torch.tensor([[0.0, 0.0, 1.0]]))


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_loss_is_weighted_and_smoothed_as_configured(penguins: Path, smoothing: float) -> None:
    words = ("loss=cross_entropy", "loss.class_weights=[1.0,2.0,4.0]", f"loss.label_smoothing={smoothing}")
    predictor = untrained(penguins, *words)
    of = trace(predictor, FRAME, torch.tensor([1])).passes[0]
    weights = torch.tensor([1.0, 2.0, 4.0])
    expected = F.cross_entropy(
        of.logits, torch.tensor([1]), weights, reduction="none", label_smoothing=smoothing
    )  # per row: not divided by the weight
    assert of.backward is not None
    assert of.backward.loss == pytest.approx(expected.item())


def test_balanced_weights_are_those_of_the_train_rows(lesson: Path) -> None:
    predictor = untrained(lesson, "loss=cross_entropy", "loss.class_weights=balanced")
    assert predictor.bundle.facts["classes"] == {"Adelie": 83, "Chinstrap": 38, "Gentoo": 68}
    loss = configured_loss(predictor.bundle.facts, predictor.features.output)
    assert_close(loss.class_weights, 189 / 3 / torch.tensor([83.0, 38.0, 68.0]))


def test_balanced_weights_of_labels_are_rows_without_by_rows_with(lesson: Path) -> None:
    facts = copy.deepcopy(untrained(lesson).bundle.facts) | {"classes": {"a": 63, "b": 27}}
    facts["config"]["loss"] = {"name": "binary_cross_entropy", "class_weights": "balanced"}
    loss = configured_loss(facts, LABELS)
    assert_close(loss.get_buffer("pos_weight"), torch.tensor([126 / 63, 162 / 27]))


def test_bundle_without_frequencies_of_the_classes_says_so(lesson: Path) -> None:
    predictor = untrained(lesson, "loss=cross_entropy", "loss.class_weights=balanced")
    del predictor.bundle.facts["classes"]
    with pytest.raises(ConfigError, match="written by an older Rookery, does not hold; train again, or leave true="):
        configured_loss(predictor.bundle.facts, predictor.features.output)
