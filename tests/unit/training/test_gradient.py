from typing import Any

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from src.gradient import Gradient
from src.losses.build import build_loss
from src.models.mlp import Mlp
from src.models.tabm import TabM
from src.outputs import with_head
from src.spec import InputSpec, OutputSpec
from src.steps import StepPlan
from src.task import Task

INPUT = InputSpec(("a", "b"), (0.0, 0.0), (0.0, 0.0), (1.0, 1.0), (False, False), ("c",), (4,))
THREE = OutputSpec(("kind",), Task.MULTICLASS, ("x", "y", "z"))
TWO = OutputSpec(("kind",), Task.BINARY, ("x", "y"))
LABELS = OutputSpec(("one", "other"), Task.MULTILABEL)
VALUE = OutputSpec(("price",), Task.REGRESSION)
ROWS = 20


def plan(accumulate: int, precision: str = "32") -> StepPlan:
    return StepPlan(
        rows=ROWS,
        batch_size=ROWS,
        max_epochs=1,
        accumulate=accumulate,
        gradient_clip=None,
        seed=0,
        rank=0,
        world=1,
        device="cpu",
        threads=1,
        precision=precision,
        parameters=1,
    )


def batch(output: OutputSpec) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    y = torch.arange(ROWS) % max(2, len(output.classes))
    if output.task is Task.MULTILABEL:
        y = torch.stack([y, (torch.arange(ROWS) % 5 == 0).long()], 1)
    x, x_cat = torch.randn(ROWS, 2, generator=generator), torch.randint(4, (ROWS, 1), generator=generator)
    return x, x_cat, y.double() if output.task is Task.REGRESSION else y


def gradients(
    output: OutputSpec,
    accumulate: int,
    loss: dict[str, Any],
    rows: slice = slice(ROWS),
    row_weight: Tensor | None = None,
    **arguments: Any,
) -> tuple[Tensor, dict[str, Tensor]]:
    """The loss of the batch and the gradient of each weight."""
    torch.manual_seed(0)
    network = Mlp(INPUT, output.d_out, hidden=[16, 16], **arguments)
    x, x_cat, y = batch(output)
    objective = build_loss(loss, output, y)
    torch.manual_seed(7)
    target = objective.target(y)[rows]
    value = Gradient(network, objective, plan(accumulate)).of_batch(x[rows], x_cat[rows], target, row_weight)
    found = {name: weight.grad for name, weight in network.named_parameters() if weight.grad is not None}
    assert len(found) == len(list(network.parameters()))
    return value, found


CASES: list[tuple[OutputSpec, dict[str, Any]]] = [
    (THREE, {"name": "auto"}),
    (THREE, {"name": "cross_entropy", "label_smoothing": 0.1, "class_weights": [1.0, 2.0, 9.0]}),
    (TWO, {"name": "binary_cross_entropy", "class_weights": "balanced"}),
    (VALUE, {"name": "huber", "delta": 0.5}),
    (LABELS, {"name": "binary_cross_entropy", "class_weights": "balanced"}),
    (with_head(THREE, {"name": "corn"}), {"name": "corn"}),
    (with_head(VALUE, {"name": "gaussian_nll"}), {"name": "gaussian_nll"}),
]


@pytest.mark.parametrize(("output", "loss"), CASES)
@pytest.mark.parametrize("arguments", [{}, {"dropout": 0.4}, {"norm": "layer", "dropout": [0.2, 0.0]}])
@pytest.mark.parametrize("accumulate", [2, 3, ROWS])
def test_parts_give_the_gradient_of_the_whole_batch(
    output: OutputSpec, loss: dict[str, Any], arguments: dict[str, Any], accumulate: int
) -> None:
    whole, expected = gradients(output, 1, loss, **arguments)
    value, found = gradients(output, accumulate, loss, **arguments)
    assert_close(value, whole, rtol=1e-6, atol=1e-6)
    assert_close(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("output", "loss"), CASES)
@pytest.mark.parametrize("accumulate", [2, ROWS])
def test_parts_give_the_gradient_of_a_weighted_batch(
    output: OutputSpec, loss: dict[str, Any], accumulate: int
) -> None:
    counts = torch.arange(ROWS) % 4 / 2
    whole, expected = gradients(output, 1, loss, row_weight=counts)
    value, found = gradients(output, accumulate, loss, row_weight=counts)
    assert_close(value, whole, rtol=1e-6, atol=1e-6)
    assert_close(found, expected, rtol=1e-5, atol=1e-6)
    assert not torch.allclose(whole, gradients(output, 1, loss)[0])


@pytest.mark.parametrize("accumulate", [1, 3])
def test_a_batch_whose_rows_count_for_nothing_has_no_gradient(accumulate: int) -> None:
    value, found = gradients(THREE, accumulate, {"name": "auto"}, row_weight=torch.zeros(ROWS))
    assert value.item() == 0
    assert all(not gradient.any() for gradient in found.values())


def test_a_last_batch_with_fewer_rows_than_parts_is_no_exception() -> None:
    whole, expected = gradients(THREE, 1, {"name": "auto"}, slice(3), dropout=0.3)
    value, found = gradients(THREE, 7, {"name": "auto"}, slice(3), dropout=0.3)
    assert_close(value, whole, rtol=1e-6, atol=1e-6)
    assert_close(found, expected, rtol=1e-5, atol=1e-6)


def of_members(output: OutputSpec, accumulate: int, row_weight: Tensor | None) -> tuple[Tensor, dict[str, Tensor]]:
    torch.manual_seed(0)
    network = TabM(INPUT, output.d_out, members=4, d_block=8, n_blocks=2, dropout=0.4)
    x, x_cat, y = batch(output)
    objective = build_loss({"name": "auto"}, output, y)
    torch.manual_seed(7)
    value = Gradient(network, objective, plan(accumulate)).of_batch(x, x_cat, objective.target(y), row_weight)
    return value, {name: weight.grad for name, weight in network.named_parameters() if weight.grad is not None}


@pytest.mark.parametrize("output", [THREE, TWO, VALUE, LABELS])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("accumulate", [2, 3, ROWS])
def test_parts_give_the_gradient_of_the_whole_batch_of_a_network_with_members(
    output: OutputSpec, weighted: bool, accumulate: int
) -> None:
    counts = torch.arange(ROWS) % 4 / 2 if weighted else None
    whole, expected = of_members(output, 1, counts)
    value, found = of_members(output, accumulate, counts)
    assert_close(value, whole, rtol=1e-6, atol=1e-6)
    assert_close(found, expected, rtol=1e-5, atol=1e-6)


def test_members_learn_from_the_mean_of_their_losses() -> None:
    torch.manual_seed(0)
    network = TabM(INPUT, 3, members=4, d_block=8, dropout=0.0)
    x, x_cat, y = batch(THREE)
    each = [torch.nn.functional.cross_entropy(logits, y) for logits in network(x, x_cat).unbind(1)]
    value = Gradient(network, build_loss({"name": "auto"}, THREE, y), plan(1)).of_batch(x, x_cat, y)
    assert_close(value, torch.stack(each).mean().detach())


def test_the_whole_batch_gives_what_autograd_gives() -> None:
    torch.manual_seed(0)
    network = Mlp(INPUT, 3, hidden=[16, 16])
    x, x_cat, y = batch(THREE)
    torch.nn.functional.cross_entropy(network(x, x_cat), y).backward()  # type: ignore[no-untyped-call]
    expected = {name: weight.grad for name, weight in network.named_parameters()}
    _, found = gradients(THREE, 1, {"name": "auto"})
    assert_close(found, expected, rtol=0, atol=0)


@pytest.mark.parametrize("accumulate", [1, 4])
def test_gradients_are_added_to_those_that_are_there(accumulate: int) -> None:
    network = Mlp(INPUT, 3)
    x, x_cat, y = batch(THREE)
    gradient = Gradient(network, build_loss({"name": "auto"}, THREE, y), plan(accumulate))
    gradient.of_batch(x, x_cat, y)
    once = {name: weight.grad.clone() for name, weight in network.named_parameters() if weight.grad is not None}
    gradient.of_batch(x, x_cat, y)
    expected = {name: 2 * grad for name, grad in once.items()}
    assert_close({name: weight.grad for name, weight in network.named_parameters()}, expected)


@pytest.mark.parametrize("precision", ["bf16", "16"])
def test_precisions_compute_inside_in_sixteen_bits_and_leave_32(precision: str) -> None:
    torch.manual_seed(0)
    network = Mlp(INPUT, 3, hidden=[16, 16])
    x, x_cat, y = batch(THREE)
    objective = build_loss({"name": "auto"}, THREE, y)
    half, full = (Gradient(network, objective, plan(1, kind)).logits(x, x_cat) for kind in (precision, "32"))
    assert half.dtype == torch.float32
    assert not half.equal(full)
    assert_close(half, full, rtol=0.05, atol=0.02)
    Gradient(network, objective, plan(1, precision)).of_batch(x, x_cat, y)
    assert all(weight.grad is not None and weight.grad.dtype == torch.float32 for weight in network.parameters())


@pytest.mark.parametrize("accumulate", [1, 3])
def test_precision_16_steps_with_the_gradient_of_the_loss_itself(accumulate: int) -> None:
    torch.manual_seed(0)
    network = Mlp(INPUT, 3, hidden=[16, 16])
    x, x_cat, y = batch(THREE)
    objective = build_loss({"name": "auto"}, THREE, y)
    whole = Gradient(network, objective, plan(1))
    loss = whole.of_batch(x, x_cat, y)
    expected = [weight.grad for weight in network.parameters()]
    gradient = Gradient(network, objective, plan(accumulate, "16"))
    network.zero_grad()
    assert_close(gradient.of_batch(x, x_cat, y), loss, rtol=1e-3, atol=1e-3)
    gradient.scaler.unscale_(torch.optim.SGD(network.parameters()))
    assert_close([weight.grad for weight in network.parameters()], expected, rtol=0.05, atol=1e-3)


def test_precision_16_takes_no_step_where_a_gradient_overflowed() -> None:
    network = Mlp(INPUT, 3)
    x, x_cat, y = batch(THREE)
    gradient = Gradient(network, build_loss({"name": "auto"}, THREE, y), plan(1, "16"))
    optimizer = torch.optim.SGD(network.parameters())
    before = [weight.detach().clone() for weight in network.parameters()]
    gradient.scaler.load_state_dict(gradient.scaler.state_dict() | {"scale": 2.0**40})
    gradient.of_batch(x, x_cat, y)
    gradient.scaler.step(optimizer)
    gradient.scaler.update()
    assert_close([weight.detach() for weight in network.parameters()], before, rtol=0, atol=0)
    assert gradient.scaler.get_scale() == 2.0**39
