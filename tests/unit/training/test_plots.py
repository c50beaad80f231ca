from pathlib import Path

import numpy as np
import polars as pl
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from src import plots
from src.monitor import Monitor
from src.spec import OutputSpec
from src.task import Task

NAMES = ("$\\foo{$", "5$ to 10$", "日本", "50 %", "a\nb")


@pytest.mark.parametrize("task", [Task.MULTICLASS, Task.REGRESSION])
def test_names_with_signs_of_formulas_and_without_letters_in_the_font_are_drawn(tmp_path: Path, task: Task) -> None:
    if task is Task.REGRESSION:
        output = OutputSpec((NAMES[0],), task)
        rows = pl.DataFrame({"truth": [1.0, 2.0], "prediction": [1.5, 1.0]})
    else:
        output = OutputSpec(("$x$",), task, classes=NAMES)
        rows = pl.DataFrame({"truth": NAMES, "prediction": NAMES[::-1]})
    plots.test_part(rows, output, tmp_path)
    assert len([*tmp_path.glob("*.png")]) == 1


def test_the_members_of_an_ensemble_have_a_curve_each_and_one_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures: list[Figure] = []
    monkeypatch.setattr(plots, "_save", lambda figure, _: figures.append(figure))
    loss = {0: [0.9, 0.5, 0.7], 1: [0.8, 0.6]}
    history = [
        {"member": member, "epoch": epoch, "train/loss": 0.1, "validation/loss": value, "validation/rmse": 2 * value}
        for member, values in loss.items()
        for epoch, value in enumerate(values, 1)
    ]
    plots.learning_curves(history, Monitor(), tmp_path)
    losses, scores = figures[0].axes
    assert [np.asarray(line.get_xdata()).tolist() for line in scores.lines] == [[1, 2, 3], [1, 2]]
    assert [np.asarray(line.get_ydata()).tolist() for line in losses.lines[2:]] == [loss[0], loss[1]]
    assert np.asarray(scores.collections[0].get_offsets()).tolist() == [[2, 1.0], [2, 1.2]]
    table = pl.read_csv(tmp_path / "learning_curves.csv")
    assert table["epoch"].to_list() == [1, 2, 3, 4, 5]
    assert table["member"].to_list() == [0, 0, 0, 1, 1]


def test_names_of_any_length_leave_room_for_the_matrix(tmp_path: Path) -> None:
    """Else Matplotlib warns, which is an error here."""
    classes = ("a" * 10_000, "b" * 10_000)
    output = OutputSpec(("y",), Task.BINARY, classes=classes)
    plots.test_part(pl.DataFrame({"truth": classes, "prediction": classes}), output, tmp_path)
    assert (tmp_path / "confusion.png").exists()


def test_labels_are_counted_as_found_missed_and_wrongly_found(tmp_path: Path) -> None:
    truth = {"truth_a": [1, 1, 0, 0, 1], "truth_b": [0, 0, 0, 1, 0]}
    chosen = {"prediction_a": [1, 0, 1, 0, 1], "prediction_b": [0, 1, 0, 1, 0]}
    plots.test_part(pl.DataFrame(truth | chosen), OutputSpec(("a", "b"), Task.MULTILABEL), tmp_path)
    assert pl.read_csv(tmp_path / "labels.csv").rows() == [("a", 2, 1, 1), ("b", 1, 0, 1)]
    assert (tmp_path / "labels.png").exists()


def test_each_of_several_numbers_has_its_residuals(tmp_path: Path) -> None:
    output = OutputSpec(tuple("abcdef"), Task.REGRESSION)
    truth = {name: [float(number), 2.0] for number, name in enumerate(output.columns("truth"))}
    chosen = {name: [0.5, 0.5] for name in output.columns("prediction")}
    plots.test_part(pl.DataFrame(truth | chosen), output, tmp_path)
    table = pl.read_csv(tmp_path / "residuals.csv")
    assert table.columns == ["target", "truth", "prediction", "residual"]
    assert table.height == 12
    assert table.row(2) == ("b", 1.0, 0.5, 0.5)
    assert (tmp_path / "residuals.png").exists()


@pytest.mark.parametrize(("name", "best"), [("loss", 2), ("accuracy", 1), ("brier", 3)])
def test_the_epoch_that_is_marked_is_the_best_of_what_is_monitored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, best: int
) -> None:
    rows = zip([0.5, 0.3, 0.4], [0.9, 0.8, 0.7], [0.3, 0.2, 0.1], strict=True)
    history = [
        {"epoch": epoch, "train/loss": 1, "validation/loss": a, "validation/accuracy": b, "validation/brier": c}
        for epoch, (a, b, c) in enumerate(rows, 1)
    ]
    marked: list[float] = []
    monkeypatch.setattr(Axes, "axvline", lambda _, x, **__: marked.append(x))
    plots.learning_curves(history, Monitor.of(name), tmp_path)
    assert marked == [best] * 3  # loss, accuracy, brier
    assert (tmp_path / "learning_curves.png").exists()


def test_of_many_test_rows_dvc_gets_an_even_sample(tmp_path: Path) -> None:
    truth = pl.Series([0.0, 1.0] * 12_500)
    predictions = pl.DataFrame({"truth": truth, "prediction": truth + 0.25})
    plots.test_part(predictions, OutputSpec(("y",), Task.REGRESSION), tmp_path)
    written = pl.read_csv(tmp_path / "residuals.csv")
    assert len(written) == 8_334
    assert written["truth"].mean() == 0.5
