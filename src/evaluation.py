"""What the finished model does on the test rows: metrics, a prediction for each row, pictures, a report."""

from pathlib import Path

import polars as pl

from src import atomic, plots
from src.config.evaluation import Evaluation
from src.config.metric import wanted
from src.data.part import Part
from src.data.prepared import Prepared
from src.data.rows import Rows
from src.inference import Predictor, by_target, table
from src.metrics import coverage
from src.metrics.evaluate import evaluate as measure
from src.monitor import Monitor
from src.report import page
from src.report.answered import Answered
from src.report.subject import Subject
from src.spec import OutputSpec


def evaluate(
    folder: Path,
    prepared: Prepared,
    history: list[dict[str, float]],
    section: Evaluation,
    allow_custom: bool = False,
) -> dict[str, dict[str, float]]:
    """Writes metrics.json, predictions.parquet, plots/ and, if wanted, report.html into the run folder; returns the
    metrics.

    Reads the bundle as anybody else would, so what is measured is what is shipped. `allow_custom` as for `Predictor`.
    Raises DataError if there is no finite answer to a row.
    """
    predictor = Predictor.load(folder / "bundle", allow_custom)
    output, settings = predictor.features.output, predictor.bundle.facts["config"]["trainer"]
    names = [*wanted(settings["metrics"], settings["monitor"], output.task, output.head), *coverage.names(output)]
    measured = {}
    for name in ("test", "validation"):
        part = prepared.parts[name]
        rows = Rows(len(part), chosen=pl.Series(part.row.numpy()))
        predicted = predictor.predict_rows(part.x_num, part.x_cat, rows)
        part.release()
        measured[name] = measure(predicted, part.y, output, part.weight if len(part.weight) else None, names)
        if name == "test":
            predictions = pl.concat([_truth(part, output), table(predicted, output)], how="horizontal")
            tested = Answered(part, predicted, output)
    predictions.write_parquet(folder / "predictions.parquet")
    pictures = folder / "plots"
    pictures.mkdir(exist_ok=True)
    plots.learning_curves(history, Monitor.of(settings["monitor"]), pictures)
    plots.test_part(predictions, output, pictures)
    atomic.write_json(folder / "metrics.json", measured)
    if section.report:
        page.write(Subject(folder, prepared, predictor, history, tested, measured, section))
        for part in prepared.parts.values():
            part.release()
    return measured


def _truth(part: Part, output: OutputSpec) -> pl.DataFrame:
    """For each row its number in the table, its weight if there are weights, and what should be predicted."""
    columns = {"row": pl.Series(part.row.numpy())}
    if len(part.weight):
        columns["weight"] = pl.Series(part.weight.numpy())
    if output.task.has_classes:
        return pl.DataFrame(columns | {"truth": pl.Series(output.classes)[part.y.tolist()]})
    return pl.DataFrame(columns | by_target("truth", part.y, output))
