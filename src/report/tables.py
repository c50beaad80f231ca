"""The curves of the report as tables, for `dvc plots`."""

from pathlib import Path

import polars as pl

from src.report.curves import calibration, confidence, drawn_points
from src.report.sections.classes import drawn_curves
from src.report.subject import Subject


def write(subject: Subject, folder: Path) -> None:
    """importance.csv and, of classes and labels, roc.csv, precision_recall.csv and calibration.csv."""
    importance = {each.column.name: each.mean for each in subject.importances}
    pl.DataFrame({"column": [*importance], "importance": [*importance.values()]}).write_csv(folder / "importance.csv")
    if subject.tested.output.answers:
        _curves(subject, folder)
        found = calibration(*confidence(subject.drawn))
        columns = {"predicted": found.predicted, "observed": found.observed, "rows": found.rows}
        table = pl.DataFrame({name: pl.Series(values.numpy()) for name, values in columns.items()})
        table.write_csv(folder / "calibration.csv")


def _curves(subject: Subject, folder: Path) -> None:
    roc, precision = list[pl.DataFrame](), list[pl.DataFrame]()
    for name, curve in drawn_curves(subject.drawn):
        at = drawn_points(curve)
        recall = pl.Series("recall", curve.recall[at].numpy())
        rate = pl.Series("false_positive_rate", curve.false_positive_rate[at].numpy())
        roc.append(pl.DataFrame([rate, recall.alias("true_positive_rate")]).with_columns(of=pl.lit(name)))
        precise = pl.Series("precision", curve.precision[at].numpy())
        precision.append(pl.DataFrame([recall, precise]).with_columns(of=pl.lit(name)))
    if roc:
        pl.concat(roc).write_csv(folder / "roc.csv")
        pl.concat(precision).write_csv(folder / "precision_recall.csv")
