"""Temperature and isotonic curves against scikit-learn and a search over a grid."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.isotonic import IsotonicRegression
from torch import Tensor
from torch.testing import assert_close

from src.config.prediction import Prediction as Settings
from src.heads.head import Prediction
from src.outputs import head_of, predicted
from src.post_hoc.adjust import adjusted
from src.post_hoc.calibration import along, calibrated
from src.post_hoc.decision import most_probable
from src.post_hoc.fit import fit_post_hoc
from src.post_hoc.isotonic import rising_curve
from src.post_hoc.temperature import best_temperature
from src.spec import OutputSpec, PostHoc
from src.task import Task

N = 400
OUTPUTS = {
    "two": OutputSpec(("kind",), Task.BINARY, ("no", "yes")),
    "four": OutputSpec(("kind",), Task.MULTICLASS, ("a", "b", "c", "d")),
    "labels": OutputSpec(("a", "b", "c"), Task.MULTILABEL),
    "order": OutputSpec(("size",), Task.MULTICLASS, ("0", "1", "2", "3"), head="corn"),
}


def rows(name: str, boldness: float = 3.0) -> tuple[Tensor, Tensor, Tensor]:
    """Logits that are that many times too large, truths, weights of which some are 0."""
    generator = torch.Generator().manual_seed(0)
    output = OUTPUTS[name]
    logits = torch.randn(N, output.d_out, generator=generator)
    p = predicted(logits, output).probability
    y = (torch.rand(p.shape, generator=generator) < p).long()
    if output.task is not Task.MULTILABEL:
        y = torch.multinomial(p, 1, generator=generator)[:, 0]
    return logits * boldness, y, torch.rand(N, generator=generator) * (torch.arange(N) % 5 > 0)


class Said(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Its inputs are its answers."""

    def __init__(self, classes: int) -> None:
        self.classes = classes

    def fit(self, _x: Any, _y: Any) -> "Said":
        self.classes_ = np.arange(self.classes)
        return self

    def predict(self, x: Any) -> Any:
        return x.argmax(1)

    def predict_proba(self, x: Any) -> Any:
        return x


def of_sklearn(method: str, probability: Tensor, y: Tensor, weight: Tensor | None) -> Tensor:
    said = Said(probability.shape[1]).fit(None, None)
    reference = CalibratedClassifierCV(FrozenEstimator(said), method=method)
    weights = None if weight is None else weight.numpy()
    reference.fit(probability.numpy(), y.numpy(), sample_weight=weights)
    return torch.from_numpy(reference.predict_proba(probability.numpy()))


def fitted(how: str, name: str, weighted: bool = False) -> tuple[Prediction, Prediction, Tensor, Tensor, PostHoc]:
    output, (logits, y, weight) = OUTPUTS[name], rows(name)
    before = predicted(logits, output)
    settings = Settings.model_validate({"calibration": how})
    post_hoc = fit_post_hoc(settings, before, y, weight if weighted else None, output)
    return before, adjusted(before, replace(output, post_hoc=post_hoc)), y, weight, post_hoc


@pytest.mark.filterwarnings("ignore:Since FrozenEstimator")  # which was not fitted with weights
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", ["two", "four"])
def test_isotonic_probabilities_are_those_of_scikit_learn(name: str, weighted: bool) -> None:
    before, after, y, weight, _ = fitted("isotonic", name, weighted)
    expected = of_sklearn("isotonic", before.probability, y, weight if weighted else None)
    assert_close(after.probability, expected, rtol=1e-9, atol=1e-12)
    assert after.point.equal(after.probability.argmax(1))


@pytest.mark.parametrize("name", ["two", "four"])
def test_the_temperature_is_that_of_scikit_learn(name: str) -> None:
    before, after, y, _, post_hoc = fitted("temperature", name)
    assert_close(after.probability, of_sklearn("temperature", before.probability, y, None), rtol=1e-4, atol=1e-5)
    assert post_hoc.temperature[0] == pytest.approx(3, rel=0.35)
    assert after.point.equal(before.point)


@pytest.mark.parametrize("name", ["two", "four", "order"])
def test_no_other_temperature_gives_the_weighted_rows_a_smaller_log_loss(name: str) -> None:
    before, _, y, weight, post_hoc = fitted("temperature", name, weighted=True)

    def loss(temperature: float) -> float:
        output = replace(OUTPUTS[name], post_hoc=PostHoc(temperature=(temperature,)))
        true = calibrated(before.probability, output).gather(1, y[:, None])[:, 0]
        return -(true.clamp_min(1e-300).log() @ weight.double()).item()

    found = post_hoc.temperature[0]
    tried = [0.02, 0.1, 0.5, 1.0, 2.0, 10.0, 50.0, *(found * step for step in (0.999, 0.99999, 1.00001, 1.001))]
    assert loss(found) <= min(map(loss, tried))


def test_the_temperature_divides_the_logits() -> None:
    for name in ("two", "four", "labels"):
        logits, output = rows(name)[0].double(), OUTPUTS[name]
        number = 3 if name == "labels" else 1
        cooled = replace(output, post_hoc=PostHoc(temperature=(2.5,) * number))
        assert_close(predicted(logits, cooled).probability, predicted(logits / 2.5, output).probability)


def test_each_label_has_a_temperature_and_a_curve_of_its_own() -> None:
    before, _, y, _, hot = fitted("temperature", "labels")
    _, after, *_, curved = fitted("isotonic", "labels")
    for j in range(3):
        p = before.probability[:, j]
        one = Prediction(y[:, j], torch.stack([1 - p, p], 1))
        for found, how in ((hot.temperature, "temperature"), (curved.curves, "isotonic")):
            alone = fit_post_hoc(Settings.model_validate({"calibration": how}), one, y[:, j], None, OUTPUTS["two"])
            if how == "isotonic":
                assert found[j] == alone.curves[0]
            else:
                assert found[j] == pytest.approx(alone.temperature[0])
    assert after.point.equal((after.probability > 0.5).long())


def test_where_every_row_is_right_the_temperature_stays_1() -> None:
    y = torch.tensor([0, 1, 1, 2])
    logits = torch.nn.functional.one_hot(y, 3).double()
    assert best_temperature(logits, y, torch.ones(4)) == 1.0
    wrong = torch.tensor([0, 1, 1, 0])
    assert best_temperature(logits, wrong, torch.tensor([1.0, 1, 1, 0])) == 1.0  # the wrong one does not count
    assert best_temperature(logits, wrong, torch.ones(4, dtype=torch.float64)) > 0.1


def test_the_curve_is_that_of_scikit_learn_with_equal_scores_and_weights() -> None:
    generator = torch.Generator().manual_seed(1)
    score = torch.rand(300, generator=generator, dtype=torch.float64).round(decimals=2)
    hit = (torch.rand(300, generator=generator) < score).double()
    weight = torch.rand(300, generator=generator, dtype=torch.float64) * (torch.arange(300) % 4 > 0)
    reference = IsotonicRegression(out_of_bounds="clip").fit(score, hit, sample_weight=weight)
    curve = rising_curve(score, hit, weight)
    assert_close(curve[0], tuple(reference.X_thresholds_.tolist()))
    assert_close(curve[1], tuple(reference.y_thresholds_.tolist()))
    x = torch.linspace(-0.1, 1.1, 500, dtype=torch.float64)
    assert_close(along(curve, x), torch.from_numpy(reference.predict(x.numpy())), rtol=1e-12, atol=1e-12)


def test_where_no_class_is_left_all_are_alike() -> None:
    nothing = ((0.2, 0.6), (0.0, 1.0))
    output = replace(OUTPUTS["four"], post_hoc=PostHoc(curves=(nothing,) * 4))
    found = calibrated(torch.tensor([[0.1, 0.2, 0.1, 0.2], [0.4, 0.2, 0.2, 0.2]], dtype=torch.float64), output)
    assert_close(found, torch.tensor([[0.25] * 4, [1.0, 0, 0, 0]], dtype=torch.float64))


@pytest.mark.parametrize("name", [*OUTPUTS])
def test_classes_are_chosen_from_probabilities_as_the_heads_choose_them(name: str) -> None:
    logits, output = rows(name)[0], OUTPUTS[name]
    assert most_probable(predicted(logits, output).probability, output).equal(head_of(output).point(logits))
