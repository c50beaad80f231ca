"""Cross-validation from the command line. The trainings are played by a script of a few lines."""

import json
import sys
from pathlib import Path
from statistics import mean, stdev

import polars as pl
import pytest

from src import stage
from src.command_line import run
from src.config.compose import compose
from src.errors import ConfigError
from src.folds import run_folds
from src.grid import run_grid

PLAYED = """
import json, pathlib, sys
import polars as pl
given = dict(text.split("=", 1) for text in sys.argv[1:])
fold, folder = int(given["dataset.split.fold"]), pathlib.Path(given["hydra.run.dir"].strip('"'))
if given["seed"] == "9" and fold == 1:
    sys.exit(5)
folder.mkdir()
score = {"accuracy": 0.5 + fold / 10} | ({"roc_auc": 0.5} if fold else {})
(folder / "metrics.json").write_text(json.dumps({"test": score, "validation": {"accuracy": 1.0}}))
pl.DataFrame({"row": [fold + 1, fold + 4], "prediction": ["a", "b"]}).write_parquet(folder / "predictions.parquet")
"""


@pytest.fixture
def play(tmp_path: Path) -> list[str]:
    (tmp_path / "played.py").write_text(PLAYED)
    return [sys.executable, str(tmp_path / "played.py")]


def overrides(tmp_path: Path, seed: int = 0) -> list[str]:
    return ["dataset.split.folds=3", f"seed={seed}", "tracking=none", f"hydra.run.dir={tmp_path}/cv"]


def test_each_fold_is_a_run_and_the_folder_above_sums_them_up(
    tmp_path: Path, play: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert run_folds(compose(overrides(tmp_path)), None, play) == 0
    grid = json.loads((tmp_path / "cv/grid.json").read_text())
    assert grid["status"] == "finished"
    assert [job["overrides"] for job in grid["jobs"]] == [
        ["dataset.split.folds=3", "seed=0", "tracking=none", f"dataset.split.fold={fold}"] for fold in range(3)
    ]
    metrics = json.loads((tmp_path / "cv/metrics.json").read_text())
    accuracy = [0.5, 0.6, 0.7]
    assert metrics["test"] == {
        "accuracy": {"mean": pytest.approx(mean(accuracy)), "std": pytest.approx(stdev(accuracy))}
    }
    assert metrics["validation"] == {"accuracy": {"mean": 1.0, "std": 0.0}}
    table = pl.read_parquet(tmp_path / "cv/predictions.parquet")
    assert table.columns == ["row", "fold", "prediction"]
    assert table["row"].to_list() == [1, 2, 3, 4, 5, 6]
    assert table["fold"].to_list() == [0, 1, 2, 0, 1, 2]
    assert "test        accuracy 0.6 ± 0.1\n" in capfd.readouterr().out


def test_without_one_of_the_folds_there_is_no_mean(
    tmp_path: Path, play: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert run_folds(compose(overrides(tmp_path, seed=9)), None, play) == 5
    assert not (tmp_path / "cv/metrics.json").exists()
    assert "No mean over the folds" in capfd.readouterr().out


def test_nothing_is_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cv").mkdir()
    (tmp_path / "cv" / "something").touch()
    assert run(overrides(tmp_path)) == 2
    assert (
        "is not empty, and nothing is written over; choose another with hydra.run.dir=PATH" in capsys.readouterr().err
    )


def test_a_grid_of_folds_names_the_fold(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"add 'dataset.split.fold=range\(6\)' to it"):
        run_grid(["dataset.split.folds=3", "dataset.split.repeats=2", f"hydra.sweep.dir={tmp_path}/g"])
    assert not (tmp_path / "g").exists()


def test_dvc_makes_a_single_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    composed = compose(["dataset.split.folds=3"])
    monkeypatch.setattr("src.config.compose.compose", lambda _: composed)
    monkeypatch.setattr(stage, "BUILD", tmp_path / "build")
    with pytest.raises(ConfigError, match="folds=3 stands for 3 runs, here only one can be made"):
        stage.compose()
    assert not (tmp_path / "build").exists()
