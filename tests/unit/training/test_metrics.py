import pytest
import torch
from sklearn import metrics as reference
from torch import Tensor

from src.heads.head import Prediction
from src.metrics.evaluate import evaluate as of_prediction
from src.spec import OutputSpec
from src.task import Task

THREE = OutputSpec(("kind",), Task.MULTICLASS, ("a", "b", "c"))
TWO = OutputSpec(("kind",), Task.BINARY, ("no", "yes"))
LABELS = OutputSpec(("a", "b", "c", "d"), Task.MULTILABEL)
VALUES = OutputSpec(("a", "b"), Task.REGRESSION)
VALUE = OutputSpec(("price",), Task.REGRESSION)
N = 120
WEIGHT = torch.rand(N, generator=torch.Generator().manual_seed(1)) * 4 * (torch.arange(N) % 5 > 0)


def evaluate(found: Tensor, y: Tensor, output: OutputSpec, weight: Tensor | None = None) -> dict[str, float]:
    """The usual metrics of probabilities or values."""
    match output.task:
        case Task.REGRESSION:
            return of_prediction(Prediction(found), y, output, weight)
        case Task.MULTILABEL:
            return of_prediction(Prediction((found > 0.5).long(), found), y, output, weight)
    return of_prediction(Prediction(found.argmax(1), found), y, output, weight)


def probabilities(classes: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    y = torch.randint(classes, (N,), generator=generator)
    logits = torch.randn(N, classes, generator=generator, dtype=torch.float64)
    return torch.softmax(logits + torch.nn.functional.one_hot(y, classes), 1), y


def values() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    y = torch.randn(N, generator=generator, dtype=torch.float64) * 40 + 1000
    return y + torch.randn(N, generator=generator, dtype=torch.float64) * 9, y


def labels() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    y = torch.randint(2, (N, 4), generator=generator)
    return torch.sigmoid(torch.randn(N, 4, generator=generator, dtype=torch.float64) + y), y


@pytest.mark.parametrize("weight", [None, WEIGHT])
@pytest.mark.parametrize("output", [TWO, THREE])
def test_classification_equals_scikit_learn(output: OutputSpec, weight: Tensor | None) -> None:
    p, y = probabilities(len(output.classes))
    p[:20] = p[:20].round(decimals=1)  # equal scores
    p = p / p.sum(1, keepdim=True)
    scores = p[:, 1] if output is TWO else p
    expected = {
        "accuracy": reference.accuracy_score(y, p.argmax(1), sample_weight=weight),
        "f1": reference.f1_score(y, p.argmax(1), average="macro", sample_weight=weight),
        "log_loss": reference.log_loss(y, p, sample_weight=weight),
        "roc_auc": reference.roc_auc_score(y, scores, multi_class="ovr", average="macro", sample_weight=weight),
    }
    assert evaluate(p, y, output, weight) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("weight", [None, WEIGHT])
def test_regression_equals_scikit_learn(weight: Tensor | None) -> None:
    predicted, y = values()
    expected = {
        "rmse": reference.root_mean_squared_error(y, predicted, sample_weight=weight),
        "mae": reference.mean_absolute_error(y, predicted, sample_weight=weight),
        "r2": reference.r2_score(y, predicted, sample_weight=weight),
    }
    assert evaluate(predicted, y, VALUE, weight) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("weight", [None, WEIGHT])
def test_several_numbers_equal_scikit_learn_alone_and_in_the_mean(weight: Tensor | None) -> None:
    predicted, y = (torch.stack([each, each.flip(0).square()], 1) for each in values())
    found = evaluate(predicted, y, VALUES, weight)
    for name, score in {
        "rmse": reference.root_mean_squared_error,
        "mae": reference.mean_absolute_error,
        "r2": reference.r2_score,
    }.items():
        of_targets = score(y, predicted, sample_weight=weight, multioutput="raw_values")
        assert [found[f"{name}_a"], found[f"{name}_b"]] == pytest.approx(of_targets, rel=1e-9)
        assert found[name] == pytest.approx(of_targets.mean(), rel=1e-9)


@pytest.mark.parametrize("weight", [None, WEIGHT])
def test_labels_equal_scikit_learn(weight: Tensor | None) -> None:
    p, y = labels()
    chosen = (p > 0.5).long()
    of_labels = [reference.log_loss(y[:, j], p[:, j], sample_weight=weight) for j in range(4)]
    expected = {
        "accuracy": sum(reference.accuracy_score(y[:, j], chosen[:, j], sample_weight=weight) for j in range(4)) / 4,
        "exact_match": reference.accuracy_score(y, chosen, sample_weight=weight),
        "f1": reference.f1_score(y, chosen, average="macro", sample_weight=weight),
        "log_loss": sum(of_labels) / 4,
        "roc_auc": reference.roc_auc_score(y, p, average="macro", sample_weight=weight),
    }
    assert evaluate(p, y, LABELS, weight) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("output", [TWO, LABELS])
def test_a_loss_of_nothing_has_no_sign(output: OutputSpec) -> None:
    y = torch.tensor([0, 1, 0])
    hits = torch.nn.functional.one_hot(y, len(output.answers))
    assert str(evaluate(hits.double(), y if output is TWO else hits, output)["log_loss"]) == "0.0"


def test_a_label_that_no_row_has_leaves_the_roc_curve_out_and_the_f1_of_the_others() -> None:
    p, y = labels()
    y[:, 0], p[:, 0] = 0, 0.1
    found = evaluate(p, y, LABELS)
    assert "roc_auc" not in found
    assert found["f1"] == pytest.approx(reference.f1_score(y[:, 1:], p[:, 1:] > 0.5, average="macro"))


def test_rows_of_weight_zero_are_as_if_they_were_not_there() -> None:
    for (p, y), output in ((probabilities(3), THREE), (labels(), LABELS), (values(), VALUE)):
        there = WEIGHT > 0
        assert evaluate(p, y, output, WEIGHT) == pytest.approx(evaluate(p[there], y[there], output, WEIGHT[there]))
    constant = torch.where(WEIGHT > 0, 3.0, torch.arange(N)).double()
    assert "r2" not in evaluate(constant + 1, constant, VALUE, WEIGHT)


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
