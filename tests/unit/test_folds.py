"""Cross-validation from the command line. The trainings are played by a script of a few lines."""

import json
import shutil
import subprocess
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
from src.jobs import finish

PLAYED = """
import json, pathlib, sys
import polars as pl
given = dict(text.split("=", 1) for text in sys.argv[1:])
resumed = "resume" in given
folder = pathlib.Path(given["resume" if resumed else "hydra.run.dir"].strip('"'))
fold = int(folder.name)
if not resumed:
    assert given["dataset.split.fold"] == str(fold)
    folder.mkdir()
if not resumed and given["seed"] == "9" and fold == 1:
    (folder / "run.json").write_text('{"status": "killed"}')
    sys.exit(5)
with open(folder.parent.parent / "made", "a") as made:
    made.write(f"{fold}{' resumed' if resumed else ''},")
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


def test_a_cross_validation_that_was_stopped_is_finished_and_has_its_mean(
    tmp_path: Path, play: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    """Fold 1 was stopped while it trained, fold 2 never began; the finished fold 0 is left alone."""
    folder = tmp_path / "cv"
    run_folds(compose(overrides(tmp_path, seed=9)), None, play)
    assert f"resume={folder}" in capfd.readouterr().out
    shutil.rmtree(folder / "2")
    facts = json.loads((folder / "grid.json").read_text())
    facts["jobs"][2]["exit_code"] = None
    (folder / "grid.json").write_text(json.dumps(facts | {"status": "killed"}))
    (tmp_path / "made").unlink()

    assert finish(folder, train=play) == 0
    assert (tmp_path / "made").read_text() == "1 resumed,2,"
    finished = json.loads((folder / "grid.json").read_text())
    assert (finished["status"], finished["uuid"]) == ("finished", facts["uuid"])
    assert [job["exit_code"] for job in finished["jobs"]] == [0, 0, 0]
    assert json.loads((folder / "metrics.json").read_text())["test"]["accuracy"]["mean"] == pytest.approx(0.6)
    assert pl.read_parquet(folder / "predictions.parquet")["fold"].to_list() == [0, 1, 2, 0, 1, 2]
    assert "test        accuracy 0.6 ± 0.1\n" in capfd.readouterr().out


def test_after_its_folds_were_resumed_one_by_one_only_the_mean_is_made(tmp_path: Path, play: list[str]) -> None:
    folder = tmp_path / "cv"
    run_folds(compose(overrides(tmp_path, seed=9)), None, play)
    subprocess.run([*play, f"resume={folder}/1"], check=True)
    (folder / "1" / "run.json").write_text('{"status": "finished"}')
    (tmp_path / "made").unlink()
    assert finish(folder, train=play) == 0
    assert not (tmp_path / "made").exists()
    assert json.loads((folder / "metrics.json").read_text())["test"]["accuracy"]["mean"] == pytest.approx(0.6)


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
