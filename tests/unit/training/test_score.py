import pytest
import torch

from src.metrics.evaluate import evaluate
from src.monitor import Monitor
from src.outputs import predicted
from src.score import score, scores
from src.spec import OutputSpec
from src.task import Task

N = 60
GENERATOR = torch.Generator().manual_seed(0)
WEIGHT = torch.rand(N, generator=GENERATOR)
NUMBER = OutputSpec(("y",), Task.REGRESSION, center=(7.0,), scale=(2.0,))
NUMBERS = OutputSpec(("a", "b"), Task.REGRESSION, center=(100.0, -3.0), scale=(25.0, 0.5))
CASES = {
    "binary": (OutputSpec(("y",), Task.BINARY, ("no", "yes")), torch.randint(2, (N,), generator=GENERATOR)),
    "multiclass": (OutputSpec(("y",), Task.MULTICLASS, ("a", "b", "c")), torch.randint(3, (N,), generator=GENERATOR)),
    "labels": (OutputSpec(("a", "b"), Task.MULTILABEL), torch.randint(2, (N, 2), generator=GENERATOR)),
    "number": (NUMBER, torch.randn(N, generator=GENERATOR).double()),
    "numbers": (NUMBERS, torch.randn(N, 2, generator=GENERATOR).double() * 9),
}


@pytest.mark.parametrize("weight", [None, WEIGHT])
@pytest.mark.parametrize("case", CASES)
def test_the_score_of_an_epoch_is_the_metric_of_that_name(case: str, weight: torch.Tensor | None) -> None:
    output, y = CASES[case]
    logits = torch.randn(N, output.d_out, generator=torch.Generator().manual_seed(1))
    metrics = evaluate(predicted(logits, output), y, output, weight)
    assert score(logits, y, output, weight).item() == pytest.approx(metrics[output.task.score], rel=1e-9)


def test_another_metric_is_calculated_only_if_it_is_monitored() -> None:
    output, y = CASES["binary"]
    logits = torch.randn(N, output.d_out, generator=torch.Generator().manual_seed(1))
    plain = scores(logits, y, output, WEIGHT, Monitor())
    assert [*plain] == ["accuracy"]
    assert scores(logits, y, output, WEIGHT, Monitor.of("accuracy")) == plain
    found = scores(logits, y, output, WEIGHT, Monitor.of("roc_auc"))
    expected = evaluate(predicted(logits, output), y, output, WEIGHT)
    assert found == plain | {"roc_auc": expected["roc_auc"]}


def test_of_several_targets_the_mean_is_monitored() -> None:
    output, y = CASES["numbers"]
    logits = torch.randn(N, output.d_out, generator=torch.Generator().manual_seed(1))
    assert [*scores(logits, y, output, None, Monitor.of("mae"))] == ["rmse", "mae"]
