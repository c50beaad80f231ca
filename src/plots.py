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
from src.monitor import Monitor
from src.spec import OutputSpec
from src.task import Task

rcParams["text.parse_math"] = False  # a $ in a name is a dollar

BLUE, ORANGE = "#0072b2", "#d55e00"  # told apart by colour-blind people too (Okabe & Ito)
_MOST_LABELS, _MOST_PANELS = 20, 4  # in one picture
_MOST_ROWS = 10_000  # of a table for DVC


def learning_curves(history: list[dict[str, float]], monitor: Monitor, folder: Path) -> None:
    """learning_curves.png and .csv: losses, score and what is monitored by epoch; the best epoch is marked.

    The members of an ensemble lie over one another in the picture; in the table, of which DVC draws a single curve,
    they follow one another.
    """
    table = pl.DataFrame(history)
    if "member" in table:
        table = table.sort("member", maintain_order=True)
    table.with_columns(epoch=pl.int_range(1, pl.len() + 1)).write_csv(folder / "learning_curves.csv")
    validated = [key for key in history[0] if key.startswith("validation/")]
    members = table.partition_by("member") if "member" in table else [table]
    figure = Figure(figsize=(4.5 * len(validated), 3.6), layout="constrained")
    for axes, column in zip(figure.subplots(1, len(validated)), validated, strict=True):
        if column == "validation/loss":
            _curves(axes, members, "train/loss")
        _curves(axes, members, column)
        _best_epochs(axes, members, column, monitor)
        _finish(axes, "epoch", column.removeprefix("validation/"))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend(frameon=False)
    _save(figure, folder / "learning_curves.png")


def range_test(lr: list[float], loss: list[float], marked: dict[str, float], folder: Path) -> None:
    """lr.png: loss by learning rate; `marked`: name to learning rate."""
    figure = Figure(figsize=(5.5, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.plot(lr, loss, color=BLUE)
    for colour, (name, value) in zip((ORANGE, "0.4"), marked.items(), strict=False):
        axes.axvline(value, color=colour, linewidth=1, label=f"{name} {value:.2g}")
    axes.set_xscale("log")
    _finish(axes, "optimizer.lr", "train loss, mean of the steps around")
    axes.legend(frameon=False)
    _save(figure, folder / "lr.png")


def _curves(axes: Axes, members: list[pl.DataFrame], column: str) -> None:
    part = column.partition("/")[0]
    for number, member in enumerate(members):
        axes.plot(
            member["epoch"],
            member[column],
            color={"train": BLUE, "validation": ORANGE}[part],
            label=part if number == 0 else None,
            marker="o" if len(member) == 1 else None,
            linewidth=1.5 if len(members) == 1 else 0.8,
        )


def _best_epochs(axes: Axes, members: list[pl.DataFrame], column: str, monitor: Monitor) -> None:
    monitored = f"validation/{monitor.name}"
    best = [min(member.to_dicts(), key=lambda row: monitor.cost(row[monitored])) for member in members]
    epochs = [row["epoch"] for row in best]
    if len(members) == 1:
        axes.axvline(epochs[0], color="0.6", linestyle=":", label=f"best epoch: {epochs[0]}")
    else:
        values = [row[column] for row in best]
        axes.scatter(epochs, values, s=16, color="0.3", zorder=3, label=f"best epochs of {len(members)} members")


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
