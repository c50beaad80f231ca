"""Losses of numbers of which a network gives more than the value: quantiles, a normal distribution, a rate."""

from typing import Any

import numpy as np
import pytest
import torch
from sklearn.metrics import mean_pinball_loss
from torch import Tensor, nn
from torch.testing import assert_close

from src.losses.build import build_loss
from src.losses.row_loss import RowLoss
from src.outputs import head_of, predicted, with_head
from src.spec import OutputSpec
from src.task import Task

N = 40
ONE = OutputSpec(("price",), Task.REGRESSION, (), (100.0,), (25.0,))
TWO = OutputSpec(("a", "b"), Task.REGRESSION, (), (100.0, 5.0), (25.0, 2.0))
LEVELS = [0.05, 0.3, 0.5, 0.9]
LOSSES: list[dict[str, Any]] = [
    {"name": "quantile", "levels": LEVELS},
    {"name": "gaussian_nll"},
    {"name": "poisson"},
]


def rows(output: OutputSpec, keys: dict[str, Any], size: float = 1) -> tuple[OutputSpec, RowLoss, Tensor, Tensor]:
    """The output with its head, the loss, logits and counts."""
    headed = with_head(output, keys)
    generator = torch.Generator().manual_seed(0)
    y = torch.randint(200, (N, len(output.targets)), generator=generator).double().squeeze(1)
    logits = size * torch.randn(N, headed.d_out, generator=generator)
    return headed, build_loss(keys, headed, y), logits, y


def test_the_pinball_loss_of_several_levels_equals_scikit_learn_in_standard_units() -> None:
    output, loss, logits, y = rows(ONE, LOSSES[0])
    beside = predicted(logits, output).beside
    each = [mean_pinball_loss(y / 25, q / 25, alpha=p) for p, q in zip(LEVELS, beside.values(), strict=True)]
    assert loss(logits, loss.target(y)).item() == pytest.approx(np.mean(each), rel=1e-5)


def test_a_single_level_of_one_half_costs_half_the_absolute_error() -> None:
    _, half, logits, y = rows(ONE, {"name": "quantile", "levels": [0.5]})
    mae = build_loss({"name": "mae"}, ONE, y)
    assert_close(2 * half(logits, half.target(y)), mae(logits, mae.target(y)))


def test_the_loss_of_a_normal_distribution_equals_torch() -> None:
    output, loss, logits, y = rows(ONE, LOSSES[1])
    variance = nn.functional.softplus(logits[:, 1]) + 1e-6
    expected = nn.GaussianNLLLoss()(logits[:, 0], ((y - 100) / 25).float(), variance)
    assert_close(loss(logits, loss.target(y)), expected)
    found = predicted(logits, output)
    assert_close(found.point, logits[:, 0].double() * 25 + 100)
    assert_close(found.beside["std"], variance.double().sqrt() * 25)


@pytest.mark.parametrize("unit", [1.0, 100.0])
def test_the_loss_of_counts_equals_torch_but_for_the_unit(unit: float) -> None:
    """In multiples of the mean count: a factor, and what does not depend on the network, are left out."""
    output, loss, logits, y = rows(OutputSpec(("n",), Task.REGRESSION, (), (unit,), (25.0,)), LOSSES[2])
    rate = logits[:, 0] + np.log(unit)
    expected = nn.PoissonNLLLoss()(rate, y.float()) / unit + y.float().mean() * np.log(unit) / unit
    assert_close(loss(logits, loss.target(y)), expected, rtol=1e-4, atol=1e-5)
    assert_close(predicted(logits, output).point, rate.double().exp(), rtol=1e-5, atol=0)


def test_without_units_of_the_target_a_rate_starts_from_one() -> None:
    output, loss, logits, y = rows(OutputSpec(("n",), Task.REGRESSION), LOSSES[2])
    assert_close(loss(logits, loss.target(y)), nn.PoissonNLLLoss()(logits[:, 0], y.float()))
    assert predicted(torch.zeros(3, 1), output).point.tolist() == [1, 1, 1]


@pytest.mark.parametrize("keys", LOSSES, ids=lambda keys: keys["name"])
def test_of_several_targets_the_loss_is_the_mean_and_each_is_predicted_for_itself(keys: dict[str, Any]) -> None:
    output, loss, logits, y = rows(TWO, keys)
    whole, alone = predicted(logits, output), []
    width = output.d_out // 2
    order = torch.arange(output.d_out).reshape((width, 2) if keys["name"] == "gaussian_nll" else (2, width))
    own = order.T if keys["name"] == "gaussian_nll" else order
    for j, logits_of in enumerate(own):
        name, center, scale = TWO.targets[j], TWO.center[j], TWO.scale[j]
        single = with_head(OutputSpec((name,), Task.REGRESSION, (), (center,), (scale,)), keys)
        of_one = build_loss(keys, single, y[:, j])
        alone.append(of_one(logits[:, logits_of], of_one.target(y[:, j])))
        found = predicted(logits[:, logits_of], single)
        assert_close(whole.point[:, j], found.point)
        assert list(whole.beside) == list(found.beside) == list(output.beside)
        for name, values in found.beside.items():
            assert_close(whole.beside[name][:, j], values)
    assert_close(loss(logits, loss.target(y)), torch.stack(alone).mean())


@pytest.mark.parametrize("output", [ONE, TWO], ids=["one", "two"])
@pytest.mark.parametrize("keys", LOSSES, ids=lambda keys: keys["name"])
def test_the_gradient_is_that_of_finite_differences(output: OutputSpec, keys: dict[str, Any]) -> None:
    _, loss, logits, y = rows(output, keys)
    target = loss.target(y).double()
    assert torch.autograd.gradcheck(lambda x: loss.double()(x, target), logits.double().requires_grad_())


@pytest.mark.parametrize("size", [1, 50])
def test_quantiles_never_cross_and_the_middle_one_is_the_prediction(size: float) -> None:
    output, _, logits, _ = rows(TWO, LOSSES[0], size)
    found = predicted(logits, output)
    assert list(found.beside) == ["q0.05", "q0.3", "q0.5", "q0.9"]
    assert (torch.stack([*found.beside.values()]).diff(dim=0) >= 0).all()
    assert found.point.equal(found.beside["q0.5"])


@pytest.mark.parametrize(
    ("levels", "middle"),
    [([0.1, 0.9], "q0.1"), ([0.3, 0.7], "q0.3"), ([0.05, 0.4, 0.45], "q0.45"), ([0.8], "q0.8")],
)
def test_without_a_median_the_level_next_to_it_is_the_prediction(levels: list[float], middle: str) -> None:
    output, _, logits, _ = rows(ONE, {"name": "quantile", "levels": levels})
    found = predicted(logits, output)
    assert found.point.equal(found.beside[middle])


def members(output: OutputSpec, size: float = 2.0) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return size * torch.randn(30, 4, output.d_out, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("output", [ONE, TWO], ids=["one", "two"])
def test_members_answer_with_the_means_of_their_quantiles(output: OutputSpec) -> None:
    output = with_head(output, LOSSES[0])
    logits = members(output)
    found = predicted(head_of(output).averaged(logits), output)
    of_members = [predicted(each, output) for each in logits.unbind(1)]
    for name in output.beside:
        assert_close(found.beside[name], torch.stack([each.beside[name] for each in of_members]).mean(0))


@pytest.mark.parametrize("output", [ONE, TWO], ids=["one", "two"])
def test_members_answer_with_the_moments_of_their_mixture(output: OutputSpec) -> None:
    output = with_head(output, LOSSES[1])
    logits = members(output)
    found = predicted(head_of(output).averaged(logits), output)
    of_members = [predicted(each, output) for each in logits.unbind(1)]
    means = torch.stack([each.point for each in of_members])
    squares = torch.stack([each.beside["std"] ** 2 + each.point**2 for each in of_members])
    assert_close(found.point, means.mean(0))
    assert_close(found.beside["std"], (squares.mean(0) - means.mean(0) ** 2).sqrt())


@pytest.mark.parametrize("output", [ONE, TWO], ids=["one", "two"])
def test_members_answer_with_their_mean_rate(output: OutputSpec) -> None:
    output = with_head(output, LOSSES[2])
    logits = members(output)
    mean = torch.stack([predicted(each, output).point for each in logits.unbind(1)]).mean(0)
    assert_close(predicted(head_of(output).averaged(logits), output).point, mean)


@pytest.mark.parametrize("keys", LOSSES, ids=lambda keys: keys["name"])
def test_equal_members_answer_as_one(keys: dict[str, Any]) -> None:
    output, _, logits, _ = rows(TWO, keys, 20)
    alike = head_of(output).averaged(logits[:, None].expand(-1, 3, -1))
    assert alike.dtype == torch.float32
    one, several = predicted(logits, output), predicted(alike, output)
    assert_close(several.point, one.point, rtol=1e-5, atol=1e-5)
    assert_close(several.beside, one.beside, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("keys", LOSSES, ids=lambda keys: keys["name"])
def test_the_point_alone_is_that_of_the_whole_prediction(keys: dict[str, Any]) -> None:
    output, _, logits, _ = rows(TWO, keys)
    assert head_of(output).point(logits).equal(predicted(logits, output).point)


def test_quantiles_are_those_of_the_target_behind_a_monotone_transform() -> None:
    keys = {"name": "quantile", "levels": LEVELS}
    log = with_head(OutputSpec(("price",), Task.REGRESSION, (), (3.0,), (0.5,), log=True), keys)
    standard = with_head(OutputSpec(("price",), Task.REGRESSION), keys)
    logits = torch.randn(N, 4, generator=torch.Generator().manual_seed(0))
    raw, found = predicted(logits, standard).beside, predicted(logits, log).beside
    for name in log.beside:
        assert_close(found[name], torch.expm1(raw[name] * 0.5 + 3))
