import pytest
import torch
from sklearn import metrics as reference
from torch import Tensor

from src.metrics import evaluate
from src.spec import OutputSpec
from src.task import Task

THREE = OutputSpec("kind", Task.MULTICLASS, ("a", "b", "c"))
TWO = OutputSpec("kind", Task.BINARY, ("no", "yes"))
VALUE = OutputSpec("price", Task.REGRESSION)
N = 120


def probabilities(classes: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    y = torch.randint(classes, (N,), generator=generator)
    logits = torch.randn(N, classes, generator=generator, dtype=torch.float64)
    return torch.softmax(logits + torch.nn.functional.one_hot(y, classes), 1), y


def values() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    y = torch.randn(N, generator=generator, dtype=torch.float64) * 40 + 1000
    return y + torch.randn(N, generator=generator, dtype=torch.float64) * 9, y


@pytest.mark.parametrize("output", [TWO, THREE])
def test_classification_equals_scikit_learn(output: OutputSpec) -> None:
    p, y = probabilities(len(output.classes))
    scores = p[:, 1] if output is TWO else p
    expected = {
        "accuracy": reference.accuracy_score(y, p.argmax(1)),
        "f1": reference.f1_score(y, p.argmax(1), average="macro"),
        "log_loss": reference.log_loss(y, p),
        "roc_auc": reference.roc_auc_score(y, scores, multi_class="ovr", average="macro"),
    }
    assert evaluate(p, y, output) == pytest.approx(expected, abs=1e-6)
    assert evaluate(p, y, output)["log_loss"] == pytest.approx(expected["log_loss"], rel=1e-12)


def test_regression_equals_scikit_learn() -> None:
    predicted, y = values()
    expected = {
        "rmse": reference.root_mean_squared_error(y, predicted),
        "mae": reference.mean_absolute_error(y, predicted),
        "r2": reference.r2_score(y, predicted),
    }
    assert evaluate(predicted, y, VALUE) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("absent", [0, 1, 2])
def test_a_class_without_rows_leaves_the_roc_curve_out(absent: int) -> None:
    p, y = probabilities(3)
    p, y = p[y != absent], y[y != absent]
    found = evaluate(p, y, THREE)
    assert list(found) == ["accuracy", "f1", "log_loss"]
    expected = reference.f1_score(y, p.argmax(1), average="macro")
    assert found["f1"] == pytest.approx(expected, abs=1e-6)
    assert found["log_loss"] == pytest.approx(reference.log_loss(y, p, labels=[0, 1, 2]))


def test_a_class_that_is_neither_there_nor_predicted_does_not_lower_f1() -> None:
    p = torch.tensor([[0.9, 0.1, 0.0], [0.1, 0.9, 0.0]], dtype=torch.float64)
    assert evaluate(p, torch.tensor([0, 1]), THREE)["f1"] == 1.0


def test_certainty_in_the_wrong_class_costs_a_finite_log_loss() -> None:
    p = torch.tensor([[1.0, 0.0], [0.0, 1.0]], dtype=torch.float64)
    y = torch.tensor([1, 1])
    assert evaluate(p, y, TWO)["log_loss"] == pytest.approx(reference.log_loss(y, p, labels=[0, 1]))


@pytest.mark.parametrize("y", [torch.tensor([3.0]), torch.tensor([3.0, 3.0]), torch.tensor([0.1] * 7)])
def test_values_without_a_variance_leave_r2_out(y: Tensor) -> None:
    assert evaluate(y.double() + 1, y.double(), VALUE) == pytest.approx({"rmse": 1.0, "mae": 1.0})


def test_large_values_keep_their_precision() -> None:
    predicted, y = values()
    shifted = evaluate(predicted + 1e9, y + 1e9, VALUE)
    assert shifted == pytest.approx(evaluate(predicted, y, VALUE), rel=1e-5)
