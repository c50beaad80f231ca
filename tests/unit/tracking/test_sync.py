import json
import math
from pathlib import Path
from typing import Any

import mlflow.data
import pytest
from mlflow import MlflowClient
from mlflow.entities import DatasetInput, Run

from src.compare import compare
from src.errors import ConfigError, MachineError
from src.tracking import run_mirror
from src.tracking.sync import behind, sync
from tests.made_up_answers import coloured
from tests.made_up_run import line, make_run, update, write_history
from tests.unit.test_compared_folds import cross_validation


def only_run(client: MlflowClient) -> Run:
    experiment = client.get_experiment_by_name("rookery")
    assert experiment is not None
    (run,) = client.search_runs([experiment.experiment_id])
    return run


def curve(client: MlflowClient, run: Run, name: str) -> list[tuple[int, float]]:
    return [(each.step, each.value) for each in client.get_metric_history(run.info.run_id, name)]


def data_sets(run: Run) -> list[DatasetInput]:
    assert run.inputs is not None
    return run.inputs.dataset_inputs


def artifacts(client: MlflowClient, run: Run, folder: str | None = None) -> set[str]:
    found = client.list_artifacts(run.info.run_id, folder)
    inside = [artifacts(client, run, each.path) for each in found if each.is_dir]
    return {each.path for each in found if not each.is_dir}.union(*inside)


def test_a_finished_run_is_mirrored_as_a_whole(client: MlflowClient, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    result = sync(folder)
    run = only_run(client)
    assert run.info.run_name == "penguins mlp [10, 10]"
    assert (run.info.status, run.info.start_time, run.info.end_time) == ("FINISHED", 1767323045000, 1767323105000)
    assert run.data.params["model.hidden"] == "[10, 10]"
    assert run.data.params["optimizer.lr"] == "0.001"
    assert not [key for key in run.data.params if key.startswith("tracking")]
    assert curve(client, run, "train/loss") == [(1, 1.0), (2, 0.5), (3, 1 / 3)]
    assert curve(client, run, "test/accuracy") == [(0, 0.9)]
    assert curve(client, run, "best/log_loss") == [(0, 0.4)]
    assert "epoch" not in run.data.metrics
    expected = {
        "mlflow.source.git.commit": "c" * 40,
        "mlflow.source.name": "python -m src.train",
        "git.dirty": "false",
        "data.sha256": "f204db2c" + "0" * 56,
        "data.dvc": "d" * 32,
        "data.dvc_state": "same",
        "dvc.experiment": "mixed-up",
        "dvc.baseline": "b" * 40,
        "config.hash": "0123456789abcdef",
        "status": "finished",
    }
    assert expected.items() <= run.data.tags.items()
    assert artifacts(client, run) == {"config.yaml", "history.jsonl", "metrics.json", "log.txt", "plots/confusion.csv"}
    record = json.loads((folder / "mlflow.json").read_text())
    assert (record["run_id"], record["sent"]) == (run.info.run_id, 3)
    assert record["url"].endswith(f"/#/experiments/{record['experiment_id']}/runs/{record['run_id']}")
    assert record["url"] in str(result)
    assert sorted(path.name for path in folder.iterdir() if path.name.startswith(".")) == []


def test_the_data_set_is_shown_with_name_source_and_digest(client: MlflowClient, tmp_path: Path) -> None:
    sync(make_run(tmp_path / "run"))
    (used,) = data_sets(only_run(client))
    assert (used.dataset.name, used.dataset.digest) == ("penguins", "f204db2c")
    assert {tag.key: tag.value for tag in used.tags}["dvc_md5"] == "d" * 32
    columns = json.loads(used.dataset.schema or "")["mlflow_colspec"]
    assert [(each["name"], each["type"]) for each in columns] == [
        ("bill", "double"),
        ("mass", "double"),
        ("island", "string"),
        ("species", "string"),
    ]
    profile = json.loads(used.dataset.profile or "")
    assert profile == {"num_rows": 10, "train": 7, "validation": 2, "test": 1, "target": "species"}
    assert mlflow.data.get_source(used).to_dict() == {"uri": "data/penguins.csv"}


def test_a_second_sync_sends_nothing(client: MlflowClient, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    sync(folder)
    assert "nothing new" in str(sync(folder))
    run = only_run(client)
    assert len(curve(client, run, "train/loss")) == 3
    assert len(data_sets(run)) == 1


@pytest.mark.parametrize("lost", ["record", "nothing"])
def test_a_growing_run_is_sent_line_by_line_also_if_the_record_is_lost(
    client: MlflowClient, tmp_path: Path, lost: str
) -> None:
    folder = make_run(tmp_path / "run", epochs=2, status="running", ended=None)
    sync(folder)
    run = only_run(client)
    assert (run.info.status, run.info.end_time) == ("RUNNING", None)
    assert artifacts(client, run) == {"config.yaml"}
    if lost == "record":  # killed between sending and writing it down
        (folder / "mlflow.json").unlink()
    write_history(folder, [line(1), line(2), line(3)])
    with (folder / "history.jsonl").open("a") as file:
        file.write('{"epoch": 4, "train/lo')  # being written
    sync(folder)
    assert [step for step, _ in curve(client, run, "train/loss")] == [1, 2, 3]


def test_a_resumed_run_stays_one_run_and_repeats_no_epoch(client: MlflowClient, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", status="killed", error="stopped")
    sync(folder)
    assert only_run(client).info.status == "KILLED"
    update(folder, status="running", ended=None, error=None)
    write_history(folder, [line(1), line(2)])  # cut to the checkpoint
    sync(folder)
    run = only_run(client)
    assert run.info.status == "RUNNING"
    assert "error" not in run.data.tags
    write_history(folder, [line(epoch) for epoch in (1, 2, 3, 4)])
    update(folder, status="finished", ended="2026-01-02T03:06:05+00:00")
    sync(folder)
    run = only_run(client)
    assert (run.info.status, run.info.end_time) == ("FINISHED", 1767323165000)
    assert [step for step, _ in curve(client, run, "train/loss")] == [1, 2, 3, 4]


def test_a_changed_value_at_a_sent_step_is_added(client: MlflowClient, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    sync(folder)
    write_history(folder, [line(1), line(2), line(3, loss=9.0)])
    sync(folder)
    run = only_run(client)
    assert run.data.metrics["train/loss"] == 9.0
    assert [step for step, _ in curve(client, run, "train/loss")] == [1, 2, 3, 3]


def test_nan_and_infinity_are_sent_once(client: MlflowClient, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", status="failed", error="the loss became NaN")
    write_history(folder, [line(1, loss=math.inf), line(2, loss=math.nan)])
    sync(folder)
    sync(folder)
    run = only_run(client)
    assert run.info.status == "FAILED"
    assert run.data.tags["error"] == "the loss became NaN"
    values = [value for _, value in curve(client, run, "train/loss")]
    assert len(values) == 2
    assert math.isnan(values[1])


def test_a_changed_parameter_is_no_error_and_is_told(client: MlflowClient, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    sync(folder)
    config = (folder / "config.yaml").read_text()
    (folder / "config.yaml").write_text(config.replace("seed: 0", "seed: 1"))
    sync(folder)
    run = only_run(client)
    assert run.data.params["seed"] == "0"
    assert json.loads(run.data.tags["config.changed"]) == {"seed": "1"}


def test_a_long_parameter_is_shortened_and_kept_whole_beside(client: MlflowClient, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    names = [f"column_{number}" for number in range(1000)]
    config = (folder / "config.yaml").read_text()
    (folder / "config.yaml").write_text(config.replace("[bill, mass]", json.dumps(names)))
    sync(folder)
    run = only_run(client)
    assert len(run.data.params["dataset.columns.numeric"]) <= 6000
    assert "params/dataset.columns.numeric.txt" in artifacts(client, run)


@pytest.fixture
def no_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """Made-up bundles have no weights."""
    monkeypatch.setattr(run_mirror, "log_model", lambda *_: ("", False))


@pytest.mark.usefixtures("no_models")
def test_a_comparison_is_kept_with_each_run_and_sent_to_mlflow(
    client: MlflowClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [coloured(tmp_path / name, ["red"] * 9, ["red"] * 9, seed=seed) for seed, name in enumerate("ab")]
    for _ in range(2):  # the second takes the place of the first
        compare([*map(str, folders), "resamples=1000", "mlflow=true"])
    assert len([told for told in capsys.readouterr().out.splitlines() if " 1 files" in told]) == 2
    for folder in folders:
        run_id = json.loads((folder / "mlflow.json").read_text())["run_id"]
        (page,) = client.list_artifacts(run_id, "comparisons")
        assert page.path.startswith("comparisons/a_b-")
        sent = Path(client.download_artifacts(run_id, page.path, str(tmp_path))).read_text()
        assert "no difference shown between A and B" in sent


@pytest.mark.usefixtures("no_models")
def test_a_comparison_of_cross_validations_is_sent_to_their_parents(client: MlflowClient, tmp_path: Path) -> None:
    folders = [cross_validation(tmp_path / name, set(), seed=seed) for seed, name in enumerate("ab")]
    for folder in folders:
        facts = json.loads((folder / "grid.json").read_text())
        jobs = [job | {"overrides": [], "exit_code": 0} for job in facts["jobs"]]
        (folder / "grid.json").write_text(json.dumps(facts | {"uuid": folder.name, "name": folder.name, "jobs": jobs}))
        (folder / "metrics.json").write_text(json.dumps({"test": {"accuracy": {"mean": 1.0, "std": 0.0}}}))
    compare([*map(str, folders), "resamples=1000", "mlflow=true"])
    for folder in folders:
        run_id = json.loads((folder / "mlflow.json").read_text())["run_id"]
        assert client.get_run(run_id).data.metrics["test/accuracy"] == 1.0
        assert len(client.list_artifacts(run_id, "comparisons")) == 1
        assert sync(folder).sent["files"] == 0


def test_a_run_that_was_deleted_in_mlflow_is_made_anew(client: MlflowClient, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    sync(folder)
    client.delete_run(only_run(client).info.run_id)
    sync(folder)
    assert artifacts(client, only_run(client)) >= {"config.yaml", "metrics.json"}


def test_a_folder_without_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"is not a run folder: it holds no run\.json"):
        sync(tmp_path)


@pytest.mark.usefixtures("client")
def test_a_damaged_history_is_named(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    (folder / "history.jsonl").write_text('{"epoch": 1\n{"epoch": 2}\n')
    with pytest.raises(MachineError, match=r"history\.jsonl is damaged"):
        sync(folder)


def test_an_absent_server_is_explained_and_leaves_the_folder_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    folder = make_run(tmp_path / "run")
    before = contents(folder)
    with pytest.raises(
        MachineError,
        match=r"MLflow at http://127.0.0.1:9 could not record the run: the server does not answer\n.*src.sync run=",
    ):
        sync(folder)
    assert contents(folder) == before


@pytest.mark.usefixtures("client")
def test_behind_lists_what_ended_and_is_not_mirrored(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    sync(make_run(runs / "sent"))
    waiting = make_run(runs / "waiting")
    make_run(runs / "alive", status="running", ended=None)
    dead = make_run(runs / "dead", status="running", ended=None, pid=2**22 + 1)
    untracked = make_run(runs / "untracked")
    config = (untracked / "config.yaml").read_text()
    (untracked / "config.yaml").write_text(config.replace("enabled: true", "enabled: false"))
    assert behind(runs) == [dead, waiting]


def test_a_dead_run_is_closed_when_it_is_sent(client: MlflowClient, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", status="running", ended=None, pid=2**22 + 1)
    sync(folder)
    facts: dict[str, Any] = json.loads((folder / "run.json").read_text())
    assert facts["status"] == "killed"
    assert facts["ended"] is not None
    assert only_run(client).info.status == "KILLED"


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
