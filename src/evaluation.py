"""What the finished model does on the test rows: metrics, a prediction for each row, pictures."""

from pathlib import Path
from typing import Any

import polars as pl
from torch import Tensor

from src import atomic, metrics, plots
from src.data.part import Part
from src.data.prepared import Prepared
from src.inference import Predictor
from src.spec import OutputSpec
from src.task import Task


def evaluate(folder: Path, prepared: Prepared, history: list[dict[str, float]]) -> dict[str, dict[str, float]]:
    """Writes metrics.json, predictions.parquet and plots/ into the run folder; returns the metrics.

    Reads the bundle as anybody else would, so what is measured is what is shipped.
    """
    predictor = Predictor.load(folder / "bundle")
    output = predictor.features.output
    measured = {}
    for name in ("test", "validation"):
        part = prepared.parts[name]
        predicted = predictor.predict_encoded(part.x_num, part.x_cat)
        measured[name] = metrics.evaluate(predicted, part.y, output)
        if name == "test":
            predictions = _table(predicted, part, output)
    predictions.write_parquet(folder / "predictions.parquet")
    pictures = folder / "plots"
    pictures.mkdir(exist_ok=True)
    plots.learning_curves(history, pictures)
    plots.test_part(predictions, output, pictures)
    atomic.write_json(folder / "metrics.json", measured)
    return measured


def _table(predicted: Tensor, part: Part, output: OutputSpec) -> pl.DataFrame:
    """One line for each row: its number in the file, the truth, the prediction, the probabilities."""
    columns: dict[str, Any] = {"row": part.row.numpy()}
    if output.task is Task.REGRESSION:
        return pl.DataFrame({**columns, "truth": part.y.numpy(), "prediction": predicted.numpy()})
    names = pl.Series(output.classes)
    columns |= {"truth": names[part.y.tolist()], "prediction": names[predicted.argmax(1).tolist()]}
    return pl.DataFrame(columns | {f"probability_{name}": predicted[:, j].numpy() for j, name in enumerate(names)})
