"""Pictures of a run for people (PNG) and the same as tables for DVC (CSV)."""

from pathlib import Path
from typing import Any

import polars as pl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from src.spec import OutputSpec
from src.task import Task

BLUE, ORANGE = "#0072b2", "#d55e00"  # told apart by colour-blind people too (Okabe & Ito)


def learning_curves(history: list[dict[str, float]], folder: Path) -> None:
    """learning_curves.png and .csv: losses and the score of each epoch; the best epoch is marked."""
    table = pl.DataFrame(history)
    table.write_csv(folder / "learning_curves.csv")
    score = next(key for key in history[0] if key.startswith("validation/") and key != "validation/loss")
    best = min(history, key=lambda row: row["validation/loss"])["epoch"]
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    losses, scores = figure.subplots(1, 2)
    marker = "o" if len(history) == 1 else None
    losses.plot(table["epoch"], table["train/loss"], color=BLUE, label="train", marker=marker)
    losses.plot(table["epoch"], table["validation/loss"], color=ORANGE, label="validation", marker=marker)
    scores.plot(table["epoch"], table[score], color=ORANGE, label="validation", marker=marker)
    for axes, title in ((losses, "loss"), (scores, score.removeprefix("validation/"))):
        axes.axvline(best, color="0.6", linestyle=":", label=f"best epoch: {best}")
        _finish(axes, "epoch", title)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend(frameon=False)
    _save(figure, folder / "learning_curves.png")


def test_part(predictions: pl.DataFrame, output: OutputSpec, folder: Path) -> None:
    """Confusion matrix (classes) or predicted against true (regression), PNG and CSV, from the rows' predictions."""
    if output.task is Task.REGRESSION:
        _residuals(predictions, output.target, folder)
    else:
        _confusion(predictions, list(output.classes), folder)


def _confusion(predictions: pl.DataFrame, classes: list[str], folder: Path) -> None:
    pairs = predictions.select(actual="truth", predicted="prediction")
    pairs.write_csv(folder / "confusion.csv")
    counted = {(row[0], row[1]): row[2] for row in pairs.group_by("actual", "predicted").len().iter_rows()}
    counts = [[counted.get((actual, predicted), 0) for predicted in classes] for actual in classes]
    side = max(3.6, 0.5 * len(classes) + 1.8)
    figure = Figure(figsize=(side + 0.6, side), layout="constrained")
    axes = figure.subplots()
    axes.imshow(counts, cmap="Blues", norm="symlog" if max(map(max, counts)) > 50 else None)
    if len(classes) <= 20:
        darkest = max(map(max, counts))
        for i, row in enumerate(counts):
            for j, count in enumerate(row):
                axes.text(j, i, str(count), ha="center", va="center", color="white" if count > darkest / 2 else "black")
    axes.set_xticks(range(len(classes)), classes, rotation=30 if len(classes) > 3 else 0)
    axes.set_yticks(range(len(classes)), classes)
    right = sum(counts[i][i] for i in range(len(classes)))
    axes.set(xlabel="predicted", ylabel="true", title=f"test rows: {right} of {len(pairs)} right")
    _save(figure, folder / "confusion.png")


def _residuals(predictions: pl.DataFrame, target: str, folder: Path) -> None:
    pairs = predictions.select("truth", "prediction", residual=pl.col("truth") - pl.col("prediction"))
    pairs.write_csv(folder / "residuals.csv")
    shown = pairs.sample(min(len(pairs), 5000), seed=0)
    figure = Figure(figsize=(9, 4), layout="constrained")
    scatter, histogram = figure.subplots(1, 2)
    scatter.scatter(shown["truth"], shown["prediction"], s=8, alpha=0.4, color=BLUE, linewidths=0)
    ends: Any = [shown["truth"].min(), shown["truth"].max()]
    scatter.plot(ends, ends, color="0.4", linewidth=1)
    _finish(scatter, f"true {target}", f"predicted {target}")
    histogram.hist(pairs["residual"], bins=50, color=BLUE)
    histogram.axvline(0, color="0.4", linewidth=1)
    _finish(histogram, "true - predicted", "test rows")
    _save(figure, folder / "residuals.png")


def _finish(axes: Axes, x: str, y: str) -> None:
    axes.set(xlabel=x, ylabel=y)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="0.92")
    axes.set_axisbelow(True)


def _save(figure: Figure, path: Path) -> None:
    FigureCanvasAgg(figure)
    figure.savefig(path, dpi=130, metadata={"Software": None})  # without the version the same data gives the same bytes
