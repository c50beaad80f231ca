"""Sets and intervals hold the truth as often as they say."""

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from src.config.prediction import Prediction as Settings
from src.heads.head import Prediction
from src.post_hoc.adjust import adjusted
from src.post_hoc.conformal import least_rows, radius
from src.post_hoc.fit import fit_post_hoc
from src.spec import OutputSpec
from src.task import Task

TABLES, ROWS, COVERAGE = 1200, 39, 0.8
THREE = OutputSpec(("kind",), Task.MULTICLASS, ("a", "b", "c"))
PRICE = OutputSpec(("price",), Task.REGRESSION)
HEADS = {
    "plain": PRICE,
    "log": replace(PRICE, log=True),
    "quantile": replace(PRICE, head="quantile", levels=(0.1, 0.5, 0.9)),
    "gaussian_nll": replace(PRICE, head="gaussian_nll"),
    "poisson": replace(PRICE, head="poisson"),
}


def covered(answers: Prediction, y: Tensor, output: OutputSpec, per_class: bool = False) -> list[bool]:
    """Of each of many tables, whether its last row lies in the set or the interval that the others give."""
    settings = Settings(coverage=COVERAGE, coverage_per_class=per_class)
    found = []
    for rows in torch.split(torch.arange(len(y)), ROWS + 1):
        known, new = rows[:-1], rows[-1:]
        post_hoc = fit_post_hoc(settings, of(answers, known), y[known], None, output)
        answer = adjusted(of(answers, new), replace(output, post_hoc=post_hoc))
        if answer.sets is not None:
            found.append(bool(answer.sets[0, y[new]]))
        else:
            found.append(bool(answer.beside["lower"] <= y[new] <= answer.beside["upper"]))
    return found


def of(answers: Prediction, rows: Tensor) -> Prediction:
    beside = {name: values[rows] for name, values in answers.beside.items()}
    probability = answers.probability[rows] if len(answers.probability) else answers.probability
    return Prediction(answers.point[rows], probability, beside)


def assert_share(found: list[bool], expected: float) -> None:
    """Within 4 standard deviations of a binomial distribution."""
    bound = 4 * math.sqrt(expected * (1 - expected) / len(found))
    assert sum(found) / len(found) == pytest.approx(expected, abs=bound)


def classified(n: int) -> tuple[Prediction, Tensor]:
    """Probabilities that are too large for the first and most frequent class, and too bold."""
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(n, 3, generator=generator, dtype=torch.float64)
    y = torch.multinomial(torch.softmax(logits / 2 + torch.tensor([1.0, 0, -0.5]), 1), 1, generator=generator)[:, 0]
    p = torch.softmax(3 * logits + torch.tensor([2.0, 0, 0]), 1)
    return Prediction(p.argmax(1), p), y


def numbers(n: int, head: str) -> tuple[Prediction, Tensor]:
    """A point that is too high on average, and a spread beside it that is too small."""
    generator = torch.Generator().manual_seed(0)
    spread = torch.rand(n, generator=generator, dtype=torch.float64) + 0.2
    point = torch.rand(n, generator=generator, dtype=torch.float64) * 9 + 8
    y = point - 0.3 + spread * torch.randn(n, generator=generator, dtype=torch.float64)
    beside = {"q0.1": point - spread / 2, "q0.5": point, "q0.9": point + spread / 2, "std": spread / 3}
    wanted = {"quantile": ("q0.1", "q0.5", "q0.9"), "gaussian_nll": ("std",)}.get(head, ())
    return Prediction(point, beside={name: beside[name] for name in wanted}), y


def test_sets_hold_the_class_of_the_share_of_rows_that_was_wanted_but_not_of_each_class() -> None:
    answers, y = classified(TABLES * (ROWS + 1))
    found = covered(answers, y, THREE)
    assert_share(found, math.ceil((ROWS + 1) * COVERAGE) / (ROWS + 1))
    assert torch.tensor(found)[y[ROWS :: ROWS + 1] > 0].double().mean() < COVERAGE - 0.05


def test_per_class_they_hold_it_for_each_class() -> None:
    answers, y = classified(TABLES * (ROWS + 1))
    last, tables = y[ROWS :: ROWS + 1], torch.split(y, ROWS + 1)
    enough = torch.tensor([bool((torch.bincount(table[:-1], minlength=3) >= 4).all()) for table in tables])
    keep = enough.repeat_interleave(ROWS + 1)
    found = torch.tensor(covered(of(answers, keep.nonzero()[:, 0]), y[keep], THREE, per_class=True))
    for k in range(3):
        share = found[last[enough] == k].double().mean().item()
        bound = 4 * math.sqrt(COVERAGE * (1 - COVERAGE) / int((last[enough] == k).sum()))
        assert share > COVERAGE - bound


@pytest.mark.parametrize("head", [*HEADS])
def test_intervals_hold_the_value_of_the_share_of_rows_that_was_wanted(head: str) -> None:
    answers, y = numbers(TABLES * (ROWS + 1), head)
    assert_share(covered(answers, y, HEADS[head]), math.ceil((ROWS + 1) * COVERAGE) / (ROWS + 1))


def test_the_radius_is_the_score_of_that_rank() -> None:
    scores = torch.tensor([5.0, 1, 4, 2, 3, 9, 8, 7, 6], dtype=torch.float64)
    ranks = {0.1: 1, 0.55: 6, 0.7: 7, 0.71: 8, 0.9: 9}  # ceil(10 * coverage)
    assert {coverage: radius(scores, None, coverage) for coverage in ranks} == ranks
    assert radius(scores, torch.full((9,), 7.0), 0.71) == 8


def test_a_row_counts_as_its_weight_says_and_a_new_one_as_the_mean() -> None:
    scores = torch.tensor([1.0, 2, 3], dtype=torch.float64)
    assert radius(scores, torch.tensor([2.0, 1, 0]), 0.5) == 2  # half of 2 + 1 + 1.5 is more than the first has
    assert radius(scores, torch.tensor([3.0, 1, 0]), 0.5) == 1  # half of 3 + 1 + 2 is what it has


def test_so_many_rows_are_needed() -> None:
    for coverage in (0.5, 0.8, 0.9, 0.95, 0.99, 0.7):
        least = least_rows(coverage)
        assert math.ceil(round((least + 1) * coverage, 9)) <= least
        assert math.ceil(round(least * coverage, 9)) > least - 1


def test_no_set_is_empty_and_the_predicted_class_is_in_it() -> None:
    answers, y = classified(500)
    right = replace(answers, point=y, probability=torch.nn.functional.one_hot(y, 3) * 0.7 + 0.1)
    post_hoc = fit_post_hoc(Settings(coverage=0.9), right, y, None, THREE)
    found = adjusted(of(answers, torch.arange(500)), replace(THREE, post_hoc=post_hoc)).sets
    assert found is not None
    assert bool(found.gather(1, answers.point[:, None]).all())


def test_an_interval_that_is_too_wide_shrinks_to_its_middle_at_most() -> None:
    output = HEADS["quantile"]
    point = torch.zeros(50, dtype=torch.float64)
    width = torch.cat([torch.full((49,), 10.0), torch.ones(1)]).double()
    answers = Prediction(point, beside={"q0.1": -width, "q0.5": point, "q0.9": width})
    post_hoc = fit_post_hoc(Settings(coverage=0.9), answers, point, None, output)
    found = adjusted(answers, replace(output, post_hoc=post_hoc))
    assert post_hoc.radius[0] < 0
    assert bool((found.beside["lower"] <= found.beside["upper"]).all())
    assert found.beside["lower"][-1] == found.beside["upper"][-1] == 0


def test_intervals_of_several_targets_have_a_radius_each() -> None:
    one, y = numbers(200, "plain")
    two = OutputSpec(("a", "b"), Task.REGRESSION)
    both, truths = Prediction(torch.stack([one.point, 10 * one.point], 1)), torch.stack([y, 10 * y], 1)
    found = fit_post_hoc(Settings(coverage=0.9), both, truths, None, two)
    assert found.radius[0] == fit_post_hoc(Settings(coverage=0.9), one, y, None, PRICE).radius[0]
    assert found.radius[1] == pytest.approx(10 * found.radius[0])
    upper = adjusted(both, replace(two, post_hoc=found)).beside["upper"]
    assert_close(upper, both.point + torch.tensor(found.radius))
