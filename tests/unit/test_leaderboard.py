import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from src.comparison.ranking import find
from src.errors import ConfigError
from src.leaderboard import leaderboard
from tests.made_up_run import CONFIG, make_run, update

SPLIT = {"by": "stratified", "seed": 0, "folds": None, "repeats": 1, "fold": None}


def run_of(
    folder: Path, validation: dict[str, float], test: dict[str, float] | None = None, split: Any = None, **config: Any
) -> Path:
    """A finished run with these metrics; `config`: keys at its top that are replaced."""
    make_run(folder)
    content = yaml.safe_load(CONFIG) | config
    content["dataset"]["split"] = SPLIT | (split or {})
    (folder / "config.yaml").write_text(json.dumps(content))
    (folder / "metrics.json").write_text(json.dumps({"test": test or validation, "validation": validation}))
    return folder


def shown(capsys: pytest.CaptureFixture[str], folder: Path, *options: str) -> list[str]:
    leaderboard([f"folder={folder}", *options])
    return capsys.readouterr().out.splitlines()


def test_validation_rows_choose_and_test_rows_never(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_of(tmp_path / "lucky", {"accuracy": 0.7}, {"accuracy": 0.99})
    run_of(tmp_path / "good", {"accuracy": 0.9}, {"accuracy": 0.8})
    title, head, first, second = shown(capsys, tmp_path)
    assert title == "species of penguins, data f204db2c, by accuracy (higher is better): 2 runs"
    assert head.split() == ["validation", "test", "started", "(UTC)", "run", "folder", "where", "they", "differ"]
    assert first.split() == ["1", "0.9", "0.8", "2026-01-02", "03:04", f"{tmp_path}/good"]
    assert second.split()[:3] == ["2", "0.7", "0.99"]


def test_lowest_error_comes_first_and_what_is_undefined_last(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monitored: dict[str, Any] = {"trainer": {"monitor": "r2"}}
    run_of(tmp_path / "a", {"rmse": 3.0})
    run_of(tmp_path / "b", {"rmse": 2.0})
    run_of(tmp_path / "c", {"rmse": 2.0}, seed=1, **monitored)
    run_of(tmp_path / "d", {"rmse": 2.0, "r2": -0.5}, seed=1, **monitored)
    lines = shown(capsys, tmp_path)
    assert "by rmse (lower is better): 2 runs" in lines[0]
    assert [line.split()[1] for line in lines[2:4]] == ["2", "3"]
    assert "by r2 (higher is better): 2 runs" in lines[5]
    assert [line.split()[1] for line in lines[7:9]] == ["-0.5", "-"]


def test_only_the_best_are_shown_with_the_keys_in_which_these_differ(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, rate in enumerate((0.1, 0.2, 0.3)):
        run_of(tmp_path / str(number), {"accuracy": rate}, optimizer={"name": "adam", "lr": rate}, seed=number // 2)
    lines = shown(capsys, tmp_path, "top=2")
    assert lines[0].endswith(": 3 runs")
    assert [line.split()[6:] for line in lines[2:]] == [["optimizer.lr=0.3", "seed=1"], ["optimizer.lr=0.2", "seed=0"]]


def test_keys_of_another_network_are_not_shown_but_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_of(tmp_path / "a", {"accuracy": 0.9}, model={"name": "mlp", "hidden": [10]})
    run_of(tmp_path / "b", {"accuracy": 0.8}, model={"name": "linear"})
    assert [line.split()[6:] for line in shown(capsys, tmp_path)[2:]] == [["model.name=mlp"], ["model.name=linear"]]


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"split": {"seed": 7}}, "dataset.split.seed=7"),
        ({"trainer": {"monitor": "log_loss"}}, "by log_loss (lower is better)"),
        ({"data": {"sha256": "1" * 64, "target": "species"}}, "data 11111111"),
        ({"data": {"sha256": "f204db2c", "target": "island"}}, "island of penguins"),
    ],
)
def test_other_question_has_a_table_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], other: dict[str, Any], told: str
) -> None:
    facts = {"data": other.pop("data")} if "data" in other else {}
    for name in ("a", "b"):
        run_of(tmp_path / name, {"accuracy": 0.9, "log_loss": 0.1})
    update(run_of(tmp_path / "c", {"accuracy": 0.9, "log_loss": 0.1}, **other), **facts)
    lines = shown(capsys, tmp_path)
    assert lines[0].endswith(": 2 runs")
    assert told in lines[5]
    assert lines[5].endswith(": 1 run")


def test_cross_validation_stands_as_one_with_the_means_of_its_folds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    jobs = [{"job": fold, "folder": str(fold)} for fold in (0, 1)]
    for fold in (0, 1):
        measured = {"accuracy": 0.7 + fold / 5}
        run_of(tmp_path / "cv" / str(fold), measured, split={"folds": 2, "fold": fold})
    (tmp_path / "cv" / "grid.json").write_text(json.dumps({"folds": True, "jobs": jobs}))
    title, _, line = shown(capsys, tmp_path)
    assert title.endswith("by accuracy, mean over 2 folds (higher is better): 1 run")
    assert line.split() == ["1", "0.8", "0.8", "2026-01-02", "03:04", f"{tmp_path}/cv"]
    update(tmp_path / "cv" / "1", status="killed")
    assert find(tmp_path).unfinished == 1
    (tmp_path / "cv" / "1" / "run.json").unlink()
    assert find(tmp_path).unfinished == 1
    assert find(tmp_path).runs == []


def test_runs_that_did_not_end_are_counted_and_damaged_ones_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_of(tmp_path / "good", {"accuracy": 0.9})
    make_run(tmp_path / "killed", status="killed")
    damaged = run_of(tmp_path / "grid" / "0", {"accuracy": 0.9})
    (damaged / "metrics.json").unlink()
    leaderboard([f"folder={tmp_path}"])
    printed = capsys.readouterr()
    assert printed.out.splitlines()[0].endswith(": 1 run")
    assert printed.out.splitlines()[-1] == "not shown: 1 that did not come to an end"
    assert printed.err.startswith(f"left out: {damaged}/metrics.json is damaged")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["top=0"], "top=0: required: a whole number, 1 or more"),
        (["top=all"], "top=all: required: a whole number"),
        (["dataset=pengins"], "dataset=pengins: no finished run is of it; did you mean penguins?"),
        (["data=penguins"], "data: there is no such option; did you mean dataset?"),
    ],
)
def test_wrong_option_is_explained(tmp_path: Path, options: list[str], sentence: str) -> None:
    run_of(tmp_path / "run", {"accuracy": 0.9})
    with pytest.raises(ConfigError) as caught:
        leaderboard([f"folder={tmp_path}", *options])
    assert sentence in str(caught.value)


def test_folder_without_finished_runs_is_explained(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"holds no finished run; python -m src.train makes one"):
        leaderboard([f"folder={tmp_path}"])
    with pytest.raises(ConfigError, match="nowhere: no such folder"):
        leaderboard([f"folder={tmp_path}/nowhere"])
