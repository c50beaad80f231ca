from pathlib import Path

import polars as pl
import pytest

from src import plots
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


def test_of_many_test_rows_dvc_gets_an_even_sample(tmp_path: Path) -> None:
    truth = pl.Series([0.0, 1.0] * 12_500)
    predictions = pl.DataFrame({"truth": truth, "prediction": truth + 0.25})
    plots.test_part(predictions, OutputSpec(("y",), Task.REGRESSION), tmp_path)
    written = pl.read_csv(tmp_path / "residuals.csv")
    assert len(written) == 8_334
    assert written["truth"].mean() == 0.5
