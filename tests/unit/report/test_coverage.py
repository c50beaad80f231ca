"""How often the truth lies where it is said to."""

from dataclasses import replace

import pytest
import torch

from src.heads.head import Prediction
from src.report.coverage import coverage
from src.spec import PostHoc
from tests.unit.report.made_up_rows import VALUE, rows_of

ROWS = rows_of(VALUE, n=2000)


def test_quantiles_cover_what_they_say() -> None:
    levels = {f"q{level}": torch.full_like(ROWS.y, torch.quantile(ROWS.y, level).item()) for level in (0.1, 0.9)}
    found = coverage(replace(ROWS, prediction=Prediction(ROWS.prediction.point, beside=levels)))
    assert [(each.nominal, each.rows) for each in found] == [(0.1, 2000), (0.9, 2000)]
    assert [each.share for each in found] == pytest.approx([0.1, 0.9], abs=1e-3)


def test_central_intervals_of_a_normal_distribution_cover_what_they_say() -> None:
    beside = {"std": torch.full_like(ROWS.y, 9.0)}  # the errors are made with this one
    found = coverage(replace(ROWS, prediction=Prediction(ROWS.prediction.point, beside=beside)))
    assert [each.share for each in found] == pytest.approx([0.5, 0.8, 0.9, 0.95], abs=0.03)
    assert [each.width for each in found] == pytest.approx([12.14, 23.07, 29.61, 35.28], abs=0.01)


def test_intervals_that_were_asked_for_are_held_against_what_was_asked() -> None:
    low, high = ROWS.y - 1, ROWS.y + 1
    high[:500] -= 1.5
    prediction = Prediction(ROWS.prediction.point, beside={"lower": low, "upper": high})
    output = replace(VALUE, post_hoc=PostHoc(coverage=0.8, radius=(1.0,)))
    [found] = coverage(replace(ROWS, prediction=prediction, output=output))
    assert (found.nominal, found.share, found.width) == pytest.approx((0.8, 0.75, 1.625))


def test_without_any_there_is_nothing_to_tell() -> None:
    assert coverage(ROWS) == []
