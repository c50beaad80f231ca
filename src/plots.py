"""Pictures of a run for people (PNG) and the same as tables for DVC (CSV)."""

import warnings
from pathlib import Path
from typing import Any

import polars as pl
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from src.data.names import shortened
from src.spec import OutputSpec
from src.task import Task

rcParams["text.parse_math"] = False  # a $ in a name is a dollar

BLUE, ORANGE = "#0072b2", "#d55e00"  # told apart by colour-blind people too (Okabe & Ito)
_MOST_LABELS, _MOST_PANELS = 20, 4  # in one picture
_MOST_ROWS = 10_000  # of a table for DVC


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
    """Confusion matrix (classes), hits and misses (labels) or predicted against true (numbers), PNG and CSV, from the
    rows' predictions."""
    match output.task:
        case Task.REGRESSION:
            _residuals(predictions, output, folder)
        case Task.MULTILABEL:
            _labels(predictions, output, folder)
        case _:
            _confusion(predictions, list(output.classes), folder)


def _confusion(predictions: pl.DataFrame, classes: list[str], folder: Path) -> None:
    pairs = predictions.select(actual="truth", predicted="prediction")
    _thinned(pairs).write_csv(folder / "confusion.csv")
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
    names = [shortened(name, 20) for name in classes]  # longer ones would leave no room for the matrix
    axes.set_xticks(range(len(classes)), names, rotation=30 if len(classes) > 3 else 0)
    axes.set_yticks(range(len(classes)), names)
    right = sum(counts[i][i] for i in range(len(classes)))
    axes.set(xlabel="predicted", ylabel="true", title=f"test rows: {right} of {len(pairs)} right")
    _save(figure, folder / "confusion.png")


def _labels(predictions: pl.DataFrame, output: OutputSpec, folder: Path) -> None:
    """How often each label is rightly, wrongly and not found, the first 20 in the picture."""
    labels = output.targets
    truth, chosen = (predictions.select(output.columns(what)).to_numpy() == 1 for what in ("truth", "prediction"))
    counts = {
        "found": (truth & chosen).sum(0),
        "missed": (truth & ~chosen).sum(0),
        "wrongly found": (~truth & chosen).sum(0),
    }
    pl.DataFrame({"label": labels, **counts}).write_csv(folder / "labels.csv")
    shown = range(min(len(labels), _MOST_LABELS))
    figure = Figure(figsize=(7, 1.4 + 0.35 * len(shown)), layout="constrained")
    axes = figure.subplots()
    left = [0] * len(shown)
    for (name, numbers), color in zip(counts.items(), (BLUE, "0.75", ORANGE), strict=True):
        axes.barh(shown, numbers[: len(shown)], left=left, color=color, label=name)
        left = [start + int(number) for start, number in zip(left, numbers, strict=False)]
    axes.set_yticks(shown, [shortened(label) for label in labels[: len(shown)]])
    axes.invert_yaxis()
    _finish(axes, "test rows", "")
    figure.legend(loc="outside upper center", ncols=len(counts), frameon=False)
    _save(figure, folder / "labels.png")


def _residuals(predictions: pl.DataFrame, output: OutputSpec, folder: Path) -> None:
    """Of several targets the first 4 in the picture, one below the other."""
    columns = zip(output.targets, output.columns("truth"), output.columns("prediction"), strict=True)
    tables = {
        name: predictions.select(truth=truth, prediction=chosen, residual=pl.col(truth) - pl.col(chosen))
        for name, truth, chosen in columns
    }
    several = [pairs.insert_column(0, pl.lit(name).alias("target")) for name, pairs in tables.items()]
    of_all = pl.concat(several) if len(tables) > 1 else tables[output.name]
    _thinned(of_all).write_csv(folder / "residuals.csv")
    shown = list(tables.items())[:_MOST_PANELS]
    figure = Figure(figsize=(9, 4 * len(shown)), layout="constrained")
    for (name, pairs), panels in zip(shown, figure.subplots(len(shown), 2, squeeze=False), strict=True):
        _panels(pairs, name, *panels)
    _save(figure, folder / "residuals.png")


def _thinned(rows: pl.DataFrame) -> pl.DataFrame:
    """At most so many of them, evenly, as DVC puts every one into its page; the pictures count all."""
    return rows.gather_every(-(-len(rows) // _MOST_ROWS))


def _panels(pairs: pl.DataFrame, target: str, scatter: Axes, histogram: Axes) -> None:
    shown = pairs.sample(min(len(pairs), 5000), seed=0)
    scatter.scatter(shown["truth"], shown["prediction"], s=8, alpha=0.4, color=BLUE, linewidths=0)
    ends: Any = [shown["truth"].min(), shown["truth"].max()]
    scatter.plot(ends, ends, color="0.4", linewidth=1)
    _finish(scatter, f"true {target}", f"predicted {target}")
    histogram.hist(pairs["residual"], bins=50, color=BLUE)
    histogram.axvline(0, color="0.4", linewidth=1)
    _finish(histogram, "true - predicted", "test rows")


def _finish(axes: Axes, x: str, y: str) -> None:
    axes.set(xlabel=shortened(x), ylabel=shortened(y))
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="0.92")
    axes.set_axisbelow(True)


def _save(figure: Figure, path: Path) -> None:
    FigureCanvasAgg(figure)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)  # then a box stands for the sign
        figure.savefig(path, dpi=130, metadata={"Software": None})  # without the version: same data, same bytes
