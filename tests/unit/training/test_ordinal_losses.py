"""Classes in an order, against the authors' own package."""

from typing import Any

import pytest
import torch
from coral_pytorch.dataset import corn_label_from_logits, levels_from_labelbatch, proba_to_label
from coral_pytorch.layers import CoralLayer
from coral_pytorch.losses import coral_loss, corn_loss
from torch import Tensor
from torch.testing import assert_close

from src.losses.build import build_loss
from src.losses.row_loss import RowLoss
from src.models.build import ARCHITECTURES, build
from src.models.thresholds import Thresholds
from src.outputs import head_of, predicted, with_head
from src.spec import InputSpec, OutputSpec
from src.task import Task

N = 60
PLAIN = OutputSpec(("size",), Task.MULTICLASS, ("0", "1", "2", "3", "4"))
NAMES = ["coral", "corn"]


def rows(name: str, size: float = 2.0) -> tuple[OutputSpec, RowLoss, Tensor, Tensor]:
    """The output with its head, the loss, logits (of coral in order) and classes."""
    output = with_head(PLAIN, {"name": name})
    generator = torch.Generator().manual_seed(0)
    y = torch.randint(5, (N,), generator=generator)
    logits = size * torch.randn(N, output.d_out, generator=generator)
    return output, build_loss({"name": name}, output, y), logits.sort(descending=True).values, y


def test_coral_equals_its_authors_loss() -> None:
    _, loss, logits, y = rows("coral")
    assert_close(loss(logits, loss.target(y)), coral_loss(logits, levels_from_labelbatch(y, 5)))


def test_corn_equals_its_authors_loss() -> None:
    _, loss, logits, y = rows("corn")
    assert_close(loss(logits, loss.target(y)), corn_loss(logits, y, 5))


@pytest.mark.parametrize("name", NAMES)
def test_the_gradient_is_that_of_finite_differences(name: str) -> None:
    _, loss, logits, y = rows(name)
    target = loss.target(y)
    double = target if target.dtype == torch.int64 else target.double()
    assert torch.autograd.gradcheck(lambda x: loss.double()(x, double), logits.double().requires_grad_())


def test_the_class_of_coral_is_that_of_its_authors() -> None:
    output, _, logits, _ = rows("coral")
    found = predicted(logits, output)
    assert found.point.equal(proba_to_label(torch.sigmoid(logits)))
    above = torch.sigmoid(logits.double())
    expected = torch.cat([1 - above[:, :1], above[:, :-1] - above[:, 1:], above[:, -1:]], 1)
    assert_close(found.probability, expected, atol=1e-12, rtol=1e-9)


def test_the_class_of_corn_is_that_of_its_authors() -> None:
    output, _, _, _ = rows("corn")
    logits = 3 * torch.randn(N, 4, generator=torch.Generator().manual_seed(1))
    found = predicted(logits, output)
    assert found.point.equal(corn_label_from_logits(logits))
    above = torch.sigmoid(logits.double()).cumprod(1)
    expected = torch.cat([1 - above[:, :1], above[:, :-1] - above[:, 1:], above[:, -1:]], 1)
    assert_close(found.probability, expected, atol=1e-12, rtol=1e-9)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [1, 100])
def test_probabilities_are_none_below_zero_and_sum_to_one_also_where_thresholds_are_not_in_order(
    name: str, size: float
) -> None:
    output = rows(name)[0]
    logits = size * torch.randn(N, 4, generator=torch.Generator().manual_seed(2))
    found = predicted(logits, output)
    assert (found.probability >= 0).all()
    assert_close(found.probability.sum(1), torch.ones(N, dtype=torch.float64))
    assert head_of(output).point(logits).equal(found.point)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [1, 40])
def test_members_answer_with_the_mean_of_their_probabilities(name: str, size: float) -> None:
    output = rows(name)[0]
    logits = size * torch.randn(N, 3, 4, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    mean = torch.stack([predicted(each, output).probability for each in logits.unbind(1)]).mean(0)
    assert_close(predicted(head_of(output).averaged(logits), output).probability, mean, rtol=1e-6, atol=1e-12)


INPUT = InputSpec(("a", "b"), (0.0, 0.0), (0.0, 0.0), (1.0, 1.0), (False, False), (), ())
SETTINGS: dict[str, dict[str, Any]] = {name: {"name": name} for name in ARCHITECTURES}


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_network_can_give_one_sum_with_a_bias_for_each_threshold(name: str) -> None:
    torch.manual_seed(0)
    network = build(SETTINGS[name], INPUT, 4, parallel=True).eval()
    x = torch.randn(20, 2)
    logits = network(x, torch.empty(20, 0, dtype=torch.int64))
    steps = logits.diff(dim=-1)
    assert logits.shape[-1] == 4
    assert_close(steps, torch.full_like(steps, -0.25))
    logits.sum().backward()
    (bias,) = [weight for key, weight in network.named_parameters() if weight.shape[-1] == 4 and key.endswith("bias")]
    assert bias.grad is not None


def test_one_sum_and_its_biases_equal_the_authors_layer() -> None:
    torch.manual_seed(0)
    layer = CoralLayer(3, 5)
    x = torch.randn(10, 3)
    assert_close(Thresholds(4)(layer.coral_weights(x)), layer(x))


def test_each_member_has_thresholds_of_its_own() -> None:
    thresholds = Thresholds(4, members=3)
    assert thresholds.bias.shape == (3, 4)
    assert thresholds(torch.zeros(7, 3, 1)).shape == (7, 3, 4)
