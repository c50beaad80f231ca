"""Curves and calibration against scikit-learn."""

import numpy as np
import pytest
import torch
from sklearn.calibration import calibration_curve
from sklearn.metrics import precision_recall_curve, roc_auc_score, roc_curve

from src.report.answered import Asked
from src.report.curves import calibration, confidence, drawn_points, histogram, ranked
from tests.unit.report.made_up_rows import FOUR, LABELS, TWO, rows_of


@pytest.mark.parametrize("weighted", [False, True], ids=["", "weighted"])
def test_curves_are_scikit_learns(weighted: bool) -> None:
    tested = rows_of(FOUR, weighted)
    tested = tested.at(tested.weight > 0)  # scikit-learn leaves the others out
    for asked in tested.asked():
        curve = ranked(asked.score, asked.true, tested.weight)
        assert curve is not None
        kwargs = {"sample_weight": tested.weight, "drop_intermediate": False}
        rate, recall, threshold = roc_curve(asked.true, asked.score, **kwargs)
        assert curve.false_positive_rate == pytest.approx(rate[1:])
        assert curve.recall == pytest.approx(recall[1:])
        assert curve.threshold == pytest.approx(threshold[1:])
        precision, _, _ = precision_recall_curve(asked.true, asked.score, sample_weight=tested.weight)
        assert curve.precision == pytest.approx(precision[-2::-1])


def test_of_one_kind_of_rows_there_is_no_curve() -> None:
    asked = Asked("x", torch.rand(5).double(), torch.ones(5, dtype=torch.bool))
    assert ranked(*asked[1:], torch.ones(5).double()) is None


def test_a_thinned_curve_has_both_ends_and_nearly_the_same_area() -> None:
    [asked] = rows_of(TWO, n=20_000).asked()
    noisy = asked.score + torch.rand(20_000, generator=torch.Generator().manual_seed(1)) / 1e3
    curve = ranked(noisy, asked.true, torch.ones(20_000).double())
    assert curve is not None
    at = drawn_points(curve)
    assert 150 < len(at) < 210
    assert (at[0].item(), at[-1].item()) == (0, len(curve.recall) - 1)
    area = torch.trapezoid(curve.recall[at], curve.false_positive_rate[at]).item()
    assert area == pytest.approx(roc_auc_score(asked.true, noisy), abs=1e-3)


def test_calibration_is_scikit_learns() -> None:
    probability, true, weight = confidence(rows_of(TWO))
    observed, predicted = calibration_curve(true, probability, n_bins=10)
    found = calibration(probability, true, weight)
    assert found.observed == pytest.approx(observed)
    assert found.predicted == pytest.approx(predicted)
    rows = np.bincount(np.searchsorted(np.linspace(0, 1, 11)[1:-1], probability.numpy()))
    assert found.rows.tolist() == rows[rows > 0].tolist()
    assert found.error == pytest.approx((abs(observed - predicted) * rows[rows > 0]).sum() / rows.sum())


def test_a_weight_of_two_is_two_rows_in_calibration() -> None:
    probability, true, _ = confidence(rows_of(LABELS))
    weight = torch.ones(len(true)).double()
    weight[:50] = 2
    repeated = torch.cat([probability, probability[:50]]), torch.cat([true, true[:50]])
    doubled = calibration(*repeated, torch.ones(500).double())
    found = calibration(probability, true, weight)
    assert len(probability) == 450
    for name in ("predicted", "observed", "rows"):
        assert getattr(found, name) == pytest.approx(getattr(doubled, name))
    assert (found.effective <= found.rows).all()


def test_of_several_classes_the_predicted_one_is_calibrated() -> None:
    tested = rows_of(FOUR)
    probability, true, _ = confidence(tested)
    assert probability == pytest.approx(tested.prediction.probability.amax(1))
    assert true.double().mean() == pytest.approx((tested.prediction.point == tested.y).double().mean())


def test_what_lies_beyond_the_edges_of_a_histogram_counts_at_its_ends() -> None:
    values, weight = torch.tensor([-5.0, 0.0, 0.5, 1.0, 9.0]).double(), torch.tensor([1.0, 1.0, 2.0, 1.0, 1.0]).double()
    assert histogram(values, weight, torch.tensor([0.0, 0.5, 1.0]).double()).tolist() == [2.0, 4.0]
