"""Averages of the weights, compared with those of torch.optim.swa_utils."""

import itertools
from collections.abc import Callable, Iterator

import pytest
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, update_bn
from torch.testing import assert_close

from src import batch_statistics
from src.averaging import Averaging, ExponentialAverage, NoAverage, ScheduleFreeAverage, StochasticWeightAverage
from src.config.adam import ScheduleFreeAdamW
from src.data.part import Part
from src.feed import Resident
from src.gradient import Gradient
from src.losses.build import build_loss
from src.models.mlp import Mlp
from src.optimizers.build import build_optimizer
from src.spec import InputSpec, OutputSpec
from src.steps import StepPlan
from src.task import Task

ROWS = 50
INPUT = InputSpec(("a", "b"), (0.0, 0.0), (0.0, 0.0), (1.0, 1.0), (False, False), (), ())
OUTPUT = OutputSpec(("kind",), Task.MULTICLASS, ("x", "y", "z"))
PLAN = StepPlan(
    rows=ROWS,
    batch_size=10,
    max_epochs=1,
    accumulate=1,
    gradient_clip=None,
    seed=0,
    rank=0,
    world=1,
    device="cpu",
    threads=1,
    precision="32",
    parameters=1,
)


def network(norm: str = "batch") -> Mlp:
    torch.manual_seed(0)
    return Mlp(INPUT, OUTPUT.d_out, hidden=[8, 8], norm=norm, dropout=0.5)


def parts(of: Mlp) -> tuple[Gradient, Resident]:
    generator = torch.Generator().manual_seed(1)
    x = 3 + 5 * torch.randn(ROWS, 2, generator=generator)
    part = Part(x, torch.empty(ROWS, 0, dtype=torch.int32), torch.arange(ROWS) % 3, torch.arange(ROWS))
    loss = build_loss({"name": "auto"}, OUTPUT, part.y)
    return Gradient(of, loss, PLAN), Resident(part, of.numeric, loss, torch.device("cpu"))


def walk(of: nn.Module, steps: int) -> Iterator[int]:
    """Moves the weights, once for each of the numbers from 1 to `steps`."""
    generator = torch.Generator().manual_seed(2)
    for step in range(1, steps + 1):
        with torch.no_grad():
            for weight in of.parameters():
                weight.add_(torch.randn(weight.shape, generator=generator))
        yield step


def average_of(averaging: Averaging, of: Mlp) -> list[Tensor]:
    with averaging.in_place(*parts(of)):
        return [weight.detach().clone() for weight in of.parameters()]


Decay = Callable[[Tensor, Tensor, Tensor | int], Tensor]


def by_decay(decay: float) -> Decay:
    def mix(average: Tensor, weight: Tensor, count: Tensor | int) -> Tensor:
        step = int(count) + 1
        kept = min(decay, (1 + step) / (10 + step))
        return kept * average + (1 - kept) * weight

    return mix


@pytest.mark.parametrize("decay", [0.5, 0.99])
def test_exponential_average_is_that_of_torch_with_a_decay_that_warms_up(decay: float) -> None:
    mlp = network()
    averaging, reference = ExponentialAverage(mlp, decay), AveragedModel(mlp, avg_fn=by_decay(decay))
    for step in walk(mlp, 40):
        averaging.step_ended(step)
        averaging.epoch_ended(step)
        reference.update_parameters(mlp)
    assert_close(average_of(averaging, mlp), [*reference.module.parameters()], rtol=1e-5, atol=1e-5)


def test_stochastic_average_is_that_of_torch_over_the_last_epochs() -> None:
    mlp = network()
    averaging, reference = StochasticWeightAverage(mlp, first=4), AveragedModel(mlp)
    for epoch in walk(mlp, 9):
        averaging.step_ended(epoch)
        averaging.epoch_ended(epoch)
        if epoch >= 4:
            reference.update_parameters(mlp)
    assert_close(average_of(averaging, mlp), [*reference.module.parameters()], rtol=1e-5, atol=1e-5)


def test_schedule_free_average_is_what_the_optimizer_evaluates_with() -> None:
    ours, reference = network("none"), network("none")
    optimizers = [build_optimizer(ScheduleFreeAdamW(lr=0.1).model_dump(), each) for each in (ours, reference)]
    averaging = ScheduleFreeAverage(ours, optimizers[0])
    for step in range(1, 8):
        for each, optimizer in zip((ours, reference), optimizers, strict=True):
            for index, weight in enumerate(each.parameters()):
                weight.grad = torch.full_like(weight, (-1.0) ** step + index / 7)
            optimizer.step()
        averaging.step_ended(step)
        averaging.epoch_ended(step)
    assert_close([*ours.parameters()], [*reference.parameters()], rtol=0, atol=0)  # as if nobody had looked
    optimizers[1].eval()  # type: ignore[attr-defined]
    assert_close(average_of(averaging, ours), [*reference.parameters()], rtol=0, atol=0)


@pytest.mark.parametrize("kind", [NoAverage, lambda mlp: StochasticWeightAverage(mlp, first=4)])
def test_before_there_is_an_average_the_network_is_left_as_it_is(kind: Callable[[Mlp], Averaging]) -> None:
    mlp = network()
    averaging = kind(mlp)
    for epoch in walk(mlp, 3):
        averaging.step_ended(epoch)
        averaging.epoch_ended(epoch)
    before = {name: each.clone() for name, each in mlp.state_dict().items()}
    with averaging.in_place(*parts(mlp)):
        assert_close(mlp.state_dict(), before, rtol=0, atol=0)


def test_after_the_average_everything_is_as_before_to_the_last_bit() -> None:
    mlp = network()
    averaging = ExponentialAverage(mlp, 0.9)
    for step in walk(mlp, 5):
        averaging.step_ended(step)
    before = {name: each.clone() for name, each in mlp.state_dict().items()}
    with averaging.in_place(*parts(mlp)):
        for name, each in mlp.state_dict().items():
            assert each.equal(before[name]) == name.startswith("numeric"), name
    assert_close(mlp.state_dict(), before, rtol=0, atol=0)


def test_average_goes_on_from_its_state() -> None:
    whole, half = network(), network()
    averaging, first = ExponentialAverage(whole, 0.9), ExponentialAverage(half, 0.9)
    for step in walk(whole, 10):
        averaging.step_ended(step)
    second = ExponentialAverage(half, 0.9)
    for step in walk(half, 10):
        if step == 6:
            second.restore({"average": [each.clone() for each in first.state()["average"]]})
        (first if step < 6 else second).step_ended(step)
    assert_close(second.average, averaging.average, rtol=0, atol=0)


def test_statistics_of_batch_norm_are_those_that_torch_measures() -> None:
    mlp, reference = network(), network()
    gradient, feed = parts(mlp)
    for module in reference.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0  # torch leaves dropout on
    x = feed.stored(0, ROWS)
    layers = nn.Sequential(*reference.layers)
    update_bn([x.x], layers)
    with batch_statistics.of_all_rows(gradient, feed):
        found = [buffer.clone() for module in norms(mlp) for buffer in module.buffers()]
        assert not any(module.training for module in mlp.modules())
    assert_close(found, [buffer for module in norms(reference) for buffer in module.buffers()])
    assert [module.momentum for module in norms(mlp)] == [0.1, 0.1]
    assert all(module.running_mean is not None and not module.running_mean.any() for module in norms(mlp))


def test_pieces_of_the_rows_give_the_mean_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    mlp = network()
    gradient, feed = parts(mlp)

    def mean() -> Tensor:
        with batch_statistics.of_all_rows(gradient, feed):
            first = norms(mlp)[0].running_mean
            assert first is not None
            return first.clone()

    whole = mean()
    for piece in (7, 24):
        monkeypatch.setattr(batch_statistics, "PIECE", piece)
        assert_close(mean(), whole)


def norms(of: nn.Module) -> list[nn.BatchNorm1d]:
    return [module for module in of.modules() if isinstance(module, nn.BatchNorm1d)]


def test_a_network_without_batch_norm_sees_no_rows_for_an_average() -> None:
    mlp = network("layer")
    gradient, feed = parts(mlp)
    seen = itertools.count()
    mlp.register_forward_pre_hook(lambda *_: next(seen))
    with batch_statistics.of_all_rows(gradient, feed):
        assert next(seen) == 0
