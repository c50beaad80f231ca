from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch

from src.comparison.answers import Answers, Part, answers_of
from src.comparison.finished import finished
from src.config.metric import METRICS
from src.heads.head import Prediction
from src.metrics.evaluate import evaluate
from src.spec import OutputSpec
from src.task import Task
from tests.made_up_answers import COLOURS, PRICE, make_tested
from tests.made_up_run import make_run

SPECS = {
    "binary": (OutputSpec(("y",), Task.BINARY, ("no", "yes")), ""),
    "multiclass": (COLOURS, ""),
    "multilabel": (OutputSpec(("a", "b"), Task.MULTILABEL), ""),
    "number": (replace(PRICE, head="quantile", levels=(0.25, 0.5)), "quantile"),
    "numbers": (OutputSpec(("a", "b"), Task.REGRESSION, head="gaussian_nll"), "gaussian_nll"),
}


def drawn(output: OutputSpec, rows: int) -> tuple[Prediction, torch.Tensor]:
    """Drawn."""
    generator = torch.Generator().manual_seed(0)
    shape = (rows,) if len(output.targets) == 1 else (rows, len(output.targets))

    def values() -> torch.Tensor:
        return torch.rand(shape, generator=generator, dtype=torch.float64) + 0.1

    if output.task.has_classes:
        probability = torch.rand((rows, len(output.classes)), generator=generator, dtype=torch.float64).softmax(1)
        return Prediction(probability.argmax(1), probability), torch.randint(len(output.classes), shape)
    if output.answers:
        probability = values().clamp(0, 1)
        return Prediction((probability > 0.5).long(), probability), (values() > 0.5).long()
    return Prediction(values(), beside={name: values() for name in output.beside}), values()


@pytest.mark.parametrize("kind", SPECS)
def test_counted_rows_are_measured_like_repeated_rows(tmp_path: Path, kind: str) -> None:
    output, loss = SPECS[kind]
    names = [name for name, metric in METRICS.items() if output.task in metric.tasks and metric.loss in ("", loss)]
    prediction, y = drawn(output, 30)
    counts = torch.bincount(torch.randint(30, (30,)), minlength=30)
    again = torch.repeat_interleave(torch.arange(30), counts)
    beside = {name: values[again] for name, values in prediction.beside.items()}
    probability = prediction.probability[again] if output.answers else prediction.probability
    repeated = Prediction(prediction.point[again], probability, beside)
    run = finished(make_run(tmp_path / "run"))
    row, ones = torch.arange(30), torch.ones(30, dtype=torch.float64)
    only = Part(row, prediction, y)
    found = Answers(run, output, row, pl.DataFrame(), ones, y, (only,)).metrics(names, counts)
    assert found == pytest.approx(evaluate(repeated, y[again], output, None, names))


def test_rows_of_several_numbers_are_scored_in_units_of_each(tmp_path: Path) -> None:
    output = OutputSpec(("a", "b"), Task.REGRESSION)
    columns = {"truth_a": [0.0, 2.0], "truth_b": [0.0, 200.0], "prediction_a": [1.0, 2.0], "prediction_b": [0.0, 0.0]}
    run = answers_of(finished(make_tested(tmp_path / "run", output, columns, ["rmse"])))
    assert run.score().tolist() == [-0.5, -1.0]  # errors of 1 and 200 are 1 and 2 standard deviations


def test_rows_of_labels_are_scored_by_the_share_that_is_right(tmp_path: Path) -> None:
    labels = {"truth_a": [1, 0], "truth_b": [0, 0], "prediction_a": [1, 1], "prediction_b": [0, 0]}
    columns: dict[str, list[Any]] = {**labels, "probability_a": [0.9, 0.9], "probability_b": [0.1, 0.1]}
    run = answers_of(finished(make_tested(tmp_path / "run", SPECS["multilabel"][0], columns, ["accuracy"])))
    assert run.score().tolist() == [1.0, 0.5]
    assert run.metrics(["accuracy", "exact_match"]) == {"accuracy": 0.75, "exact_match": 0.5}
