import math
from typing import Any

import pytest
import torch
from pydantic import TypeAdapter
from torch.optim import SGD, Optimizer
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    ExponentialLR,
    LinearLR,
    LRScheduler,
    OneCycleLR,
    PolynomialLR,
    ReduceLROnPlateau,
    StepLR,
)

from src.config.scheduler import Scheduler
from src.schedulers import Schedule

PER_EPOCH, EPOCHS = 7, 12
STEPS = PER_EPOCH * EPOCHS


def schedule(**keys: Any) -> Schedule:
    section = TypeAdapter[Any](Scheduler).validate_python(keys).model_dump()
    return Schedule(section, PER_EPOCH, EPOCHS)


def factors(schedule: Schedule) -> list[float]:
    return [schedule.factor(step) for step in range(STEPS)]


def sgd() -> Optimizer:
    return SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)


def of_torch(scheduler: LRScheduler, count: int) -> list[float]:
    """Learning rates of `count` calls, the first before any."""
    rates = []
    for _ in range(count):
        rates.append(float(scheduler.optimizer.param_groups[0]["lr"]))
        scheduler.optimizer.step()
        scheduler.step()
    return rates


def test_none_is_constant() -> None:
    assert factors(schedule(name="none")) == [1.0] * STEPS


@pytest.mark.parametrize("final", [0.0, 0.1])
def test_cosine_equals_torch(final: float) -> None:
    expected = of_torch(CosineAnnealingLR(sgd(), STEPS - 1, eta_min=final), STEPS)
    assert factors(schedule(name="cosine", final=final)) == pytest.approx(expected, abs=1e-12)
    assert expected[-1] == pytest.approx(final)


@pytest.mark.parametrize(("step_epochs", "gamma"), [(1, 0.9), (5, 0.1), (50, 0.5)])
def test_step_equals_torch_epoch_by_epoch(step_epochs: int, gamma: float) -> None:
    by_epoch = of_torch(StepLR(sgd(), step_epochs, gamma), EPOCHS)
    expected = [rate for rate in by_epoch for _ in range(PER_EPOCH)]
    assert factors(schedule(name="step", step_epochs=step_epochs, gamma=gamma)) == pytest.approx(expected)


@pytest.mark.parametrize("gamma", [0.5, 0.97])
def test_exponential_equals_torch_at_each_step(gamma: float) -> None:
    expected = of_torch(ExponentialLR(sgd(), gamma ** (1 / PER_EPOCH)), STEPS)
    ours = factors(schedule(name="exponential", gamma=gamma))
    assert ours == pytest.approx(expected)
    assert ours[::PER_EPOCH] == pytest.approx(of_torch(ExponentialLR(sgd(), gamma), EPOCHS))


@pytest.mark.parametrize("final", [0.0, 0.1])
def test_linear_equals_torch(final: float) -> None:
    expected = of_torch(LinearLR(sgd(), start_factor=1.0, end_factor=final, total_iters=STEPS - 1), STEPS)
    assert factors(schedule(name="linear", final=final)) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("power", [0.5, 1.0, 3.0])
def test_polynomial_equals_torch(power: float) -> None:
    expected = of_torch(PolynomialLR(sgd(), total_iters=STEPS - 1, power=power), STEPS)
    assert factors(schedule(name="polynomial", power=power)) == pytest.approx(expected, abs=1e-12)
    higher = factors(schedule(name="polynomial", power=power, final=0.2))
    assert higher == pytest.approx([0.2 + 0.8 * rate for rate in expected])


def test_coslog4_has_four_waves_each_twice_as_long_as_the_one_before() -> None:
    coslog4 = Schedule({"name": "coslog4"}, 15, EPOCHS)  # of 180 steps: 12, 24, 48 and 96 for the waves
    ours = [coslog4.factor(step) for step in range(180)]
    assert [ours[step] for step in (0, 12, 36, 84)] == pytest.approx([0.0] * 4, abs=1e-9)
    tops = [12 * (2**wave - 1) + 12 * 2**wave * (math.sqrt(2) - 1) for wave in range(4)]  # middles of the logarithms
    assert [ours[round(top)] for top in tops] == pytest.approx([1.0] * 4, abs=0.02)
    assert ours[60] == pytest.approx((1 - math.cos(2 * math.pi * math.log2(1 + 15 / 3))) / 2)
    assert all(0 <= factor <= 1 for factor in ours)


@pytest.mark.parametrize("rise", [0.1, 0.3, 0.75])
def test_one_cycle_equals_torch(rise: float) -> None:
    # torch ends the rise at step pct_start * total - 1, we at the share `rise` of the way from the first to the last
    pct_start = (rise * (STEPS - 1) + 1) / STEPS
    initial, final = 0.04, 1e-3
    reference = OneCycleLR(
        sgd(),
        1.0,
        total_steps=STEPS,
        pct_start=pct_start,
        div_factor=1 / initial,
        final_div_factor=initial / final,
        cycle_momentum=False,
    )
    expected = [reference.get_last_lr()[0]]
    for _ in range(STEPS - 1):
        reference.optimizer.step()
        reference.step()
        expected.append(reference.get_last_lr()[0])
    ours = factors(schedule(name="one_cycle", rise=rise, initial=initial, final=final))
    assert ours == pytest.approx(expected, abs=1e-9)


def test_one_cycle_starts_at_initial_peaks_at_one_and_ends_at_final() -> None:
    one_cycle = schedule(name="one_cycle", rise=40 / (STEPS - 1), initial=0.2, final=0.01)
    ours = factors(one_cycle)
    assert (ours[0], ours[40], ours[-1]) == pytest.approx((0.2, 1.0, 0.01))
    assert ours[:41] == sorted(ours[:41])
    assert ours[40:] == sorted(ours[40:], reverse=True)


@pytest.mark.parametrize("name", ["none", "step", "exponential", "linear", "polynomial", "cosine", "plateau"])
@pytest.mark.parametrize("warmup", [0.5, 1.0, 2.7])
def test_the_warm_up_rises_linearly_to_one_and_the_rest_follows(name: str, warmup: float) -> None:
    ours = factors(schedule(name=name, warmup_epochs=warmup))
    rising = [step for step in range(STEPS) if step < warmup * PER_EPOCH]
    differences = [ours[step + 1] - ours[step] for step in rising[:-1]]
    assert ours[0] == pytest.approx(1 / (warmup * PER_EPOCH + 1))
    assert differences == pytest.approx([ours[0]] * len(differences))
    assert ours[rising[-1]] < 1
    assert ours[len(rising)] == pytest.approx(1.0, abs=2 / (STEPS - warmup * PER_EPOCH))  # less than one step's fall
    assert all(0 < factor <= 1 for factor in ours[:-1])


def test_a_cosine_behind_a_warm_up_still_ends_at_the_last_step() -> None:
    ours = factors(schedule(name="cosine", final=0.25, warmup_epochs=3.0))
    after = ours[3 * PER_EPOCH :]
    assert after == pytest.approx(of_torch(CosineAnnealingLR(sgd(), len(after) - 1, eta_min=0.25), len(after)))


def test_a_single_step_is_possible() -> None:
    for name in ("none", "step", "exponential", "linear", "polynomial", "cosine", "one_cycle", "plateau"):
        section = TypeAdapter[Any](Scheduler).validate_python({"name": name}).model_dump()
        assert 0 < Schedule(section, 1, 1).factor(0) <= 1


LOSSES = [5.0, 4.0, 4.0, 3.96, 4.1, 4.2, 3.9, 3.9, 3.9, 3.9, 3.9, 3.0, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5]


@pytest.mark.parametrize("patience", [1, 2, 3, 5])
@pytest.mark.parametrize("min_delta", [0.0, 0.05])
def test_plateau_equals_torch(patience: int, min_delta: float) -> None:
    """Ours acts when `patience` epochs in a row did not improve, torch's only on the next one."""
    optimizer = sgd()
    reference = ReduceLROnPlateau(optimizer, factor=0.5, patience=patience - 1, threshold=min_delta, eps=0)
    reference.threshold_mode = "abs"
    ours = schedule(name="plateau", factor=0.5, patience=patience, min_delta=min_delta)
    for loss in LOSSES:
        reference.step(loss)
        ours.epoch_ended(loss)
        assert ours.factor(3) == optimizer.param_groups[0]["lr"]
    assert ours.factor(3) < 1


def test_plateau_with_patience_zero_acts_on_the_first_epoch_without_improvement() -> None:
    ours = schedule(name="plateau", factor=0.1, patience=0)
    ours.epoch_ended(1.0)
    assert ours.factor(0) == 1.0
    ours.epoch_ended(1.0)
    assert ours.factor(0) == pytest.approx(0.1)


def test_only_plateau_looks_at_the_loss() -> None:
    for name in ("none", "step", "exponential", "linear", "polynomial", "cosine", "coslog4", "one_cycle"):
        ours = schedule(name=name)
        before = factors(ours)
        for _ in range(20):
            ours.epoch_ended(1.0)
        assert factors(ours) == before


@pytest.mark.parametrize("name", ["none", "step", "cosine", "one_cycle", "plateau"])
def test_a_restored_schedule_continues_as_if_nothing_had_happened(name: str) -> None:
    patience = {"patience": 3} if name == "plateau" else {}
    for border in range(len(LOSSES)):
        whole, first, second = (schedule(name=name, **patience) for _ in range(3))
        for loss in LOSSES[:border]:
            whole.epoch_ended(loss)
            first.epoch_ended(loss)
        second.restore(first.state())
        for loss in LOSSES[border:]:
            whole.epoch_ended(loss)
            second.epoch_ended(loss)
            assert second.factor(5) == whole.factor(5)
        assert second.state() == whole.state()
