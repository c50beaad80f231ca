"""How much worse than the model a quantised file of it is."""

from collections.abc import Callable
from pathlib import Path

import polars as pl

from src import parity
from src.exporting.measured_rows import rows_of
from src.heads.head import Prediction
from src.inference import Predictor, table
from src.metrics.evaluate import evaluate

Answers = Callable[[Predictor, pl.DataFrame], Prediction]
"""What a file gives for raw rows."""


def loss_of(answers: Answers, predictor: Predictor, bundle: Path) -> str:
    """A sentence: the metrics on the test rows before and after, where the run and its data are here; else how far the
    answers are off on the rows that the bundle keeps."""
    features = predictor.features
    part = rows_of(bundle, features, predictor.bundle.facts)
    if part is None:
        return f"on the rows that the bundle keeps (its run or the data is not here): {_change(answers, predictor)}"
    before = evaluate(predictor.predict_encoded(*features.encode(part.rows)), part.y, features.output, part.weight)
    after = evaluate(answers(predictor, part.rows), part.y, features.output, part.weight)
    both = ", ".join(f"{name} {value:z.4g} → {after[name]:z.4g}" for name, value in before.items() if name in after)
    return f"on {part.rows.height} test rows: {both}"


def _change(answers: Answers, predictor: Predictor) -> str:
    rows, output = parity.kept_rows(predictor), predictor.features.output
    before, after = predictor.predict(rows), table(answers(predictor, rows), output)
    largest = parity.largest_difference(after, before, output)
    same = pl.Series(before["prediction"] == after["prediction"]).sum() if output.task.has_classes else None
    unit = "probabilities change" if output.answers else "numbers change, as a share of the largest,"
    return f"{unit} by {largest:.2g} at most" + ("" if same is None else f", {same} of {rows.height} classes stay")
