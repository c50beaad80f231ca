"""The mirror on real servers over HTTP, whatever database is behind them."""

import json
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow
import polars as pl
import pytest
import yaml
from mlflow import MlflowClient
from mlflow.models import Model

from src.inference import Predictor
from src.tracking.bundle_of import bundle_of
from src.tracking.parameters import LONGEST, parameters
from src.tracking.store import open_store
from src.tracking.sync import sync
from tests.made_up_run import line, make_grid, make_run, update, write_history
from tests.short_run import record_of

CLASSES = [f"species number {number}" for number in range(500)]


@pytest.fixture(scope="module", params=["sqlite_server", "postgresql_server"])
def client(request: pytest.FixtureRequest) -> Iterator[MlflowClient]:
    """Of the server, which is the default one in the test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", request.getfixturevalue(request.param))
        patch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "60")  # a busy machine
        yield open_store(os.environ["MLFLOW_TRACKING_URI"])


@pytest.fixture(scope="module")
def mirrored(client: MlflowClient, lesson: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A trained run's folder, its id in MLflow, and what was said."""
    assert client.tracking_uri == os.environ["MLFLOW_TRACKING_URI"]
    folder = trained(lesson, tmp_path_factory.mktemp("mirrored") / "run")
    told = sync(folder)
    return folder, told.record["run_id"], str(told)


def trained(lesson: Path, folder: Path) -> Path:
    """A copy of the run as if it had been trained in a changed checkout, to be registered, with a long parameter."""
    shutil.copytree(lesson, folder)
    config = yaml.safe_load((folder / "config.yaml").read_text())
    config["tracking"]["register"] = "species"
    config["dataset"]["classes"] = CLASSES
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    (folder / "code.diff").write_text("+print()\n")
    (folder / "system.jsonl").write_text('{"cpu_utilization_percentage": 12.5}\n{"cpu_utilization_percentage": 25.0}\n')
    git = {"commit": "c" * 40, "branch": "main", "dirty": True, "diff": "whole"}
    return update(folder, uuid=uuid.uuid4().hex, git=git)


def artifacts(client: MlflowClient, run_id: str, folder: str | None = None) -> set[str]:
    found = client.list_artifacts(run_id, folder)
    inside = [artifacts(client, run_id, each.path) for each in found if each.is_dir]
    return {each.path for each in found if not each.is_dir}.union(*inside)


def text_of(client: MlflowClient, run_id: str, name: str, folder: Path) -> str:
    return Path(client.download_artifacts(run_id, name, str(folder))).read_text()


def test_every_parameter_is_there_a_long_one_whole_as_an_artifact(
    client: MlflowClient, mirrored: tuple[Path, str, str], tmp_path: Path
) -> None:
    folder, run_id, _ = mirrored
    run = client.get_run(run_id)
    expected = parameters(yaml.safe_load((folder / "config.yaml").read_text()))
    assert run.data.params.keys() == expected.keys()
    short = {key for key, value in expected.items() if len(value) <= LONGEST}
    assert expected.keys() - short == {"dataset.classes"}
    assert {key: run.data.params[key] for key in short} == {key: expected[key] for key in short}
    assert json.loads(text_of(client, run_id, "params/dataset.classes.txt", tmp_path)) == CLASSES


def test_every_epoch_has_its_metrics_and_the_run_its_final_ones(
    client: MlflowClient, mirrored: tuple[Path, str, str]
) -> None:
    folder, run_id, _ = mirrored
    run = client.get_run(run_id)
    history = [json.loads(text) for text in (folder / "history.jsonl").read_text().splitlines()]
    for name in ("train/loss", "validation/loss", "validation/accuracy", "lr"):
        curve = [(each.step, each.value) for each in client.get_metric_history(run_id, name)]
        assert curve == [(row["epoch"], row[name]) for row in history]
    metrics = json.loads((folder / "metrics.json").read_text())
    for prefix, part in (("test", "test"), ("best", "validation")):
        assert {name: run.data.metrics[f"{prefix}/{name}"] for name in metrics[part]} == metrics[part]
    used = client.get_metric_history(run_id, "system/cpu_utilization_percentage")
    assert [(each.step, each.value) for each in used] == [(0, 12.5), (1, 25.0)]


def test_code_configuration_and_packages_are_kept_and_the_model_card_describes_the_run(
    client: MlflowClient, mirrored: tuple[Path, str, str], tmp_path: Path
) -> None:
    folder, run_id, _ = mirrored
    run = client.get_run(run_id)
    tags = run.data.tags
    assert (tags["mlflow.source.git.commit"], tags["git.branch"], tags["git.dirty"]) == ("c" * 40, "main", "true")
    assert tags["mlflow.note.content"] == (folder / "bundle" / "README.md").read_text()
    files = artifacts(client, run_id)
    composed = {path.relative_to(folder).as_posix() for path in (folder / "conf").rglob("*.yaml")}
    assert {"conf/config.yaml", "conf/model/mlp.yaml", "conf/experiment/penguins_lesson.yaml"} < composed
    plots = {path.relative_to(folder).as_posix() for path in (folder / "plots").iterdir()}
    names = {"config.yaml", "environment.txt", "code.diff", "history.jsonl", "metrics.json", "predictions.parquet"}
    assert files == composed | plots | names | {"log.txt", "params/dataset.classes.txt"}
    assert text_of(client, run_id, "code.diff", tmp_path) == "+print()\n"
    assert run.info.status == "FINISHED"


def test_the_data_set_says_what_the_network_learned_from(client: MlflowClient, mirrored: tuple[Path, str, str]) -> None:
    folder, run_id, _ = mirrored
    run = client.get_run(run_id)
    assert run.inputs is not None
    (used,) = run.inputs.dataset_inputs
    facts = record_of(folder)["data"]
    tags = {tag.key: tag.value for tag in used.tags}
    assert (tags["sha256"], tags["dvc_md5"]) == (facts["sha256"], facts["dvc"])
    assert (used.dataset.name, used.dataset.digest) == ("penguins", facts["sha256"][:8])
    assert json.loads(used.dataset.source) == {"uri": "data/penguins.csv"}
    columns = json.loads(used.dataset.schema or "")["mlflow_colspec"]
    numbers = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
    assert {each["name"]: each["type"] for each in columns} == dict.fromkeys(numbers, "double") | {"species": "string"}
    profile = json.loads(used.dataset.profile or "")
    assert {part: profile[part] for part in ("train", "validation", "test")} == facts["rows"]


def test_the_model_has_signature_and_example_and_is_the_bundle_that_predict_loads(
    client: MlflowClient, mirrored: tuple[Path, str, str], lesson: Path
) -> None:
    _, run_id, told = mirrored
    assert "registered as species, version 1; it is the champion now" in told
    experiment = client.get_run(run_id).info.experiment_id
    (logged,) = client.search_logged_models([experiment], f"source_run_id = '{run_id}'")
    place = mlflow.artifacts.download_artifacts(artifact_uri=logged.artifact_location, tracking_uri=client.tracking_uri)
    model = Model.load(place)
    assert model.signature is not None
    assert "body_mass_g" in model.signature.inputs.input_names()
    assert "probability_Gentoo" in model.signature.outputs.input_names()
    assert model.load_input_example(place) is not None
    rows = pl.read_csv("data/penguins.csv", null_values="NA").head(20)
    expected = Predictor.load(lesson / "bundle").predict(rows)
    for name in (run_id, "models:/species/1", "models:/species@champion"):
        assert Predictor.load(bundle_of(name)).predict(rows).equals(expected)


def test_a_grid_with_a_failed_job_is_a_failed_parent_over_its_jobs(client: MlflowClient, tmp_path: Path) -> None:
    folder = make_grid(tmp_path / "grid", jobs=3, status="failed")
    update(folder / "1", status="failed", error="the loss became NaN")
    (folder / "1" / "metrics.json").unlink()
    record: dict[str, Any] = sync(folder).record
    parent = client.get_run(record["run_id"])
    assert (parent.info.status, parent.data.tags["best.job"]) == ("FAILED", "2")
    children = client.search_runs([record["experiment_id"]], f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'")
    statuses = {run.info.run_name: run.info.status for run in children}
    assert statuses == {"job 0": "FINISHED", "job 1": "FAILED", "job 2": "FINISHED"}
    assert artifacts(client, parent.info.run_id) == {"grid.csv", "grid.svg"}
    table = pl.read_csv(client.download_artifacts(parent.info.run_id, "grid.csv", str(tmp_path)))
    assert table["status"].to_list() == ["finished", "failed", "finished"]


def test_a_resumed_run_goes_on_in_the_same_run(client: MlflowClient, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", status="killed", error="stopped")
    run_id = sync(folder).record["run_id"]
    assert client.get_run(run_id).info.status == "KILLED"
    update(folder, status="running", ended=None, error=None)
    write_history(folder, [line(1), line(2)])  # cut to the checkpoint
    sync(folder)
    assert client.get_run(run_id).info.status == "RUNNING"
    write_history(folder, [line(epoch) for epoch in (1, 2, 3, 4)])
    update(folder, status="finished", ended="2026-01-02T03:06:05+00:00")
    assert sync(folder).record["run_id"] == run_id
    assert client.get_run(run_id).info.status == "FINISHED"
    assert [each.step for each in client.get_metric_history(run_id, "train/loss")] == [1, 2, 3, 4]
    assert "nothing new" in str(sync(folder))
