"""What the group prediction takes, and what cannot take effect."""

import re
from typing import Any

import pytest

from src.config.compose import compose
from src.config.prediction import Prediction
from src.errors import ConfigError
from src.task import Task

COSTS = [[0, 1], [5, 0]]


def misfits(task: Task, classes: int | None = None, **keys: Any) -> list[str]:
    return Prediction.model_validate(keys).misfits(task, classes)


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        ("decision.threshold=0.3", "prediction.decision.threshold: has an effect with by: threshold only; it is by"),
        ("decision.by=costs", "prediction.decision.costs: is required with by: costs (conf/prediction/default.yaml:"),
        ("decision={by: threshold, threshold: 1.5}", "decision.threshold: must be a number above 0 and below 1"),
        ("decision={by: metric, metric: recall}", "decision.metric: must be one of accuracy, balanced_accuracy, f1"),
        ("decision={by: costs, costs: [[0, 1], [5, 0], [1, 2]]}", "decision.costs: 3 rows and 2 numbers in row 1; r"),
        ("decision={by: costs, costs: [[0, 1], [5, 6]]}", "decision.costs: in row 2 number 2 is what it costs to be"),
        ("decision={by: costs, costs: [[0, 0], [5, 0]]}", "in row 1 number 1 is what it costs to be right, and must"),
        ("coverage_per_class=true", "prediction.coverage_per_class: has an effect with a coverage only"),
        ("coverage=1", "prediction.coverage: must be a number above 0 and below 1, or null; got 1 (command line)"),
        ("calibration=sigmoid", "prediction.calibration: must be one of none, temperature, isotonic; got"),
    ],
)
def test_a_setting_that_is_wrong_by_itself_is_explained(overrides: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(sentence)):
        compose([f"prediction.{overrides}"])


def test_what_does_not_go_with_the_task_is_seen_in_the_configuration() -> None:
    with pytest.raises(ConfigError, match=r"prediction\.calibration: isotonic is of probabilities, a regr"):
        compose(["dataset.task=regression", "prediction.calibration=isotonic"])
    classes = "dataset.classes=[Adelie,Gentoo,Chinstrap]"
    with pytest.raises(ConfigError, match=r"costs: 2 rows of 2 numbers, and there are 3 classes; required: 3 of 3"):
        compose(["dataset.task=multiclass", classes, f"prediction.decision={{by: costs, costs: {COSTS}}}"])


@pytest.mark.parametrize(
    ("task", "keys", "sentence"),
    [
        (Task.REGRESSION, {"calibration": "temperature"}, "calibration: temperature is of probabilities, a regression"),
        (Task.REGRESSION, {"decision": {"by": "costs", "costs": COSTS}}, "decision.by: costs decides between classes"),
        (Task.REGRESSION, {"coverage": 0.9, "coverage_per_class": True}, "coverage_per_class: a regression has no cl"),
        (Task.MULTICLASS, {"decision": {"by": "threshold", "threshold": 0.3}}, "decision.by: threshold decides betwe"),
        (Task.MULTICLASS, {"decision": {"by": "metric", "metric": "f1"}}, "decision.by: metric decides between two"),
        (Task.MULTILABEL, {"decision": {"by": "costs", "costs": COSTS}}, "decision.costs: are of classes"),
        (Task.MULTILABEL, {"decision": {"by": "metric", "metric": "mcc"}}, "decision.metric: mcc is of two classes; "),
        (Task.MULTILABEL, {"coverage": 0.9}, "coverage: there are sets of classes and intervals of numbers, and the t"),
    ],
)
def test_what_does_not_go_with_the_task_is_explained(task: Task, keys: dict[str, Any], sentence: str) -> None:
    [found] = misfits(task, **keys)
    assert found.startswith(sentence)


def test_what_goes_with_the_task_is_taken() -> None:
    labels: dict[str, Any] = {"calibration": "isotonic", "decision": {"by": "metric", "metric": "f1"}}
    assert misfits(Task.MULTILABEL, **labels) == []
    assert misfits(Task.BINARY, 2, coverage=0.9, coverage_per_class=True, **labels) == []
    assert misfits(Task.MULTICLASS, 2, decision={"by": "costs", "costs": COSTS}, calibration="temperature") == []
    assert misfits(Task.REGRESSION, coverage=0.9) == []
