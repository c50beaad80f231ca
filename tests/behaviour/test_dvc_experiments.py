"""A training that was killed and experiments of DVC, in one clone: run folder, DVC and MLflow tell the same."""

import hashlib
import json
import os
import signal
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.clone import clone_into, environment_of, shell
from tests.short_run import epochs_of, record_of, run_in, wait_for

EPOCHS = 150
RECIPE = {
    "config.yaml": ("trainer: default", "trainer: cpu"),
    "model/mlp.yaml": ("hidden: [256, 256]", "hidden: [8]"),
    "trainer/default.yaml": ("max_epochs: 50", f"max_epochs: {EPOCHS}"),
    "trainer/cpu.yaml": ("accelerator: cpu", "accelerator: cpu\ncheckpoint_seconds: 0"),
}
OVERRIDES = ("model.hidden=[8]", f"trainer.max_epochs={EPOCHS}", "trainer.checkpoint_seconds=0")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """In which `dvc repro` was killed, and then came to its end."""
    folder = clone_into(tmp_path_factory.mktemp("clone") / "rookery")
    for name, (old, new) in RECIPE.items():
        path = folder / "conf" / name
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new, 1))
    shell("dvc pull --quiet data.dvc && git add --all && git commit --quiet -m recipe", folder)
    kill_repro(folder)
    shell("dvc repro --quiet && git add --all && git commit --quiet -m trained", folder)
    return folder


def kill_repro(clone: Path) -> None:
    """DVC and the stage, when that has trained for ten epochs."""
    unfinished = clone / "build/unfinished"
    command = [f"{clone}/.venv/bin/dvc", "repro", "--quiet"]
    pipe, environment = subprocess.PIPE, environment_of(clone)
    with subprocess.Popen(
        command, cwd=clone, env=environment, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    ) as repro:
        wait_for(lambda: epochs_of(unfinished) >= 10, repro)
        os.killpg(repro.pid, signal.SIGKILL)
        repro.communicate()
    assert epochs_of(unfinished) < EPOCHS
    assert not (clone / "build/run/bundle").exists()


@pytest.fixture(scope="module")
def experiments(clone: Path) -> dict[str, dict[str, Any]]:
    """What `dvc exp show` tells of a grid of two that was queued, by name; one of them was trained above."""
    shell("dvc exp run --quiet --queue -S 'conf/model/mlp.yaml:hidden=[8],[9]' && dvc exp run --quiet --run-all", clone)
    (_, baseline) = json.loads(shell("dvc exp show --json", clone))
    revisions = [each["revs"][0] for each in baseline["experiments"]]
    assert all(each["error"] is None for each in revisions)
    return {each["name"]: each["data"] for each in revisions}


def of_hidden(experiments: dict[str, dict[str, Any]], hidden: list[int]) -> tuple[str, dict[str, Any]]:
    """Name and content of the experiment with such a network."""
    params = {name: each["params"]["build/config.yaml"]["data"]["model"] for name, each in experiments.items()}
    (found,) = (name for name, model in params.items() if model["hidden"] == hidden)
    return found, {name: each["data"] for name, each in experiments[found]["metrics"].items()}


def test_a_stage_goes_on_after_a_kill_and_has_the_result_of_one_that_was_not_killed(
    clone: Path, tmp_path: Path
) -> None:
    run_in(tmp_path / "run", *OVERRIDES)
    assert not (clone / "build/unfinished").exists()
    log = (clone / "build/run/log.txt").read_text()
    assert log.count("run folder  build/unfinished") == 2
    lock = yaml.safe_load((clone / "dvc.lock").read_text())["stages"]
    kept = {Path(out["path"]).name: out["md5"] for stage in ("train", "evaluate") for out in lock[stage]["outs"]}
    for name in ("history.jsonl", "metrics.json", "predictions.parquet"):
        assert kept[name] == hashlib.md5((tmp_path / "run" / name).read_bytes()).hexdigest(), name
    weights = "bundle/weights.safetensors"
    assert (clone / "build/run" / weights).read_bytes() == (tmp_path / "run" / weights).read_bytes()
    assert record_of(clone / "build/run")["config_hash"] == record_of(tmp_path / "run")["config_hash"]


def test_experiments_and_their_runs_in_mlflow_name_each_other(
    clone: Path, experiments: dict[str, dict[str, Any]]
) -> None:
    head = shell("git rev-parse HEAD", clone).strip()
    assert len(experiments) == 2
    for hidden in ([8], [9]):
        name, metrics = of_hidden(experiments, hidden)
        ids = metrics["build/run/ids.json"]
        tags, values, params = in_mlflow(clone, ids["mlflow"])
        assert tags["rookery.uuid"] == ids["run"]
        named = {"dvc.experiment": name, "dvc.baseline": head}
        # what was trained before it became an experiment comes from DVC's cache
        assert {key: tags[key] for key in named if key in tags} == (named if hidden == [9] else {})
        assert params["model.hidden"] == str(hidden)
        for part, prefix in {"test": "test/", "validation": "best/"}.items():
            measured = metrics["build/run/metrics.json"][part]
            assert measured == {key: values[f"{prefix}{key}"] for key in measured}


def in_mlflow(clone: Path, run: str) -> tuple[dict[str, str], dict[str, float], dict[str, str]]:
    """Tags, last metrics and parameters."""
    with sqlite3.connect(clone / "mlflow.db") as database:
        tables = [
            dict(database.execute(f"select key, value from {table} where run_uuid = ?", [run]))
            for table in ("tags", "latest_metrics", "params")
        ]
    database.close()
    return tables[0], tables[1], tables[2]


def test_what_differs_between_experiments_is_the_key_and_what_came_of_it(
    clone: Path, experiments: dict[str, dict[str, Any]]
) -> None:
    one, other = (of_hidden(experiments, hidden) for hidden in ([8], [9]))
    params, metrics = (
        json.loads(shell(f"dvc {what} diff --json {one[0]} {other[0]}", clone)) for what in ("params", "metrics")
    )
    assert params == {"build/config.yaml": {"model.hidden": {"old": "[8]", "new": "[9]"}}}
    then, now = (each["build/run/ids.json"] for _, each in (one, other))
    assert {key: (each["old"], each["new"]) for key, each in metrics["build/run/ids.json"].items()} == {
        key: (then[key], now[key]) for key in ("run", "mlflow")
    }
    loss = metrics["build/run/metrics.json"]["validation.log_loss"]
    assert loss["new"] == other[1]["build/run/metrics.json"]["validation"]["log_loss"]


def test_experiments_show_each_column_of_the_table_once(experiments: dict[str, dict[str, Any]]) -> None:
    for each in experiments.values():
        numeric = each["params"]["build/config.yaml"]["data"]["dataset"]["columns"]["numeric"]
        assert len(numeric) == len({*numeric}) == 4


def test_curves_of_experiments_are_drawn_together(clone: Path, experiments: dict[str, dict[str, Any]]) -> None:
    one, other = experiments
    shell(f"dvc plots diff --quiet --out curves {one} {other}", clone)
    page = (clone / "curves/index.html").read_text()
    assert all(text in page for text in (one, other, "Loss by epoch"))
