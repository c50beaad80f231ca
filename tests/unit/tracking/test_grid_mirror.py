import json
from pathlib import Path

import polars as pl
from mlflow import MlflowClient

from src.tracking.grid import best_job, swept
from src.tracking.snapshot import Snapshot
from src.tracking.sync import behind, sync
from tests.made_up_run import make_grid, update


def test_jobs_hang_under_one_parent_that_sums_them_up(client: MlflowClient, tmp_path: Path) -> None:
    folder = make_grid(tmp_path / "grid", jobs=3)
    sync(folder / "1")  # a job on its own, before the grid has ended
    assert behind(tmp_path) == [folder / "0", folder / "2", folder]
    sync(folder)
    sync(folder)
    assert behind(tmp_path) == []
    experiment = client.get_experiment_by_name("rookery")
    assert experiment is not None
    runs = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
    assert sorted(runs) == ["grid of 3", "job 0", "job 1", "job 2"]
    parent = runs.pop("grid of 3")
    assert {run.data.tags["mlflow.parentRunId"] for run in runs.values()} == {parent.info.run_id}
    assert parent.data.params == {"model.hidden": "[10], [20], [30]"}
    assert parent.data.metrics == {"test/accuracy": 0.7, "best/accuracy": 0.8, "best/log_loss": 1}
    assert parent.data.tags["best.job"] == "2"
    assert (parent.info.status, parent.info.end_time) == ("FINISHED", 1767323105000)
    table = pl.read_csv(client.download_artifacts(parent.info.run_id, "grid.csv", str(tmp_path)))
    assert table["model.hidden"].to_list() == ["[10]", "[20]", "[30]"]
    assert table["test/accuracy"].to_list() == [0.5, 0.6, 0.7]
    assert table["status"].to_list() == ["finished"] * 3
    drawn = Path(client.download_artifacts(parent.info.run_id, "grid.svg", str(tmp_path))).read_text()
    assert drawn.count("<polyline") == 3
    assert "model.hidden=[30], validation accuracy=0.8" in drawn


def test_a_cross_validation_has_the_mean_over_its_folds_instead_of_a_best_job(
    client: MlflowClient, tmp_path: Path
) -> None:
    folder = make_grid(tmp_path / "folds", jobs=2)
    (folder / "metrics.json").write_text(json.dumps({"test": {"accuracy": {"mean": 0.55, "std": 0.07}}}))
    parent = client.get_run(sync(folder).record["run_id"])
    assert parent.data.metrics == {"test/accuracy": 0.55, "test/accuracy_std": 0.07}
    assert parent.data.tags["best.job"] == "None"


def test_a_job_that_never_began_is_a_line_of_the_table(client: MlflowClient, tmp_path: Path) -> None:
    folder = make_grid(tmp_path / "grid", jobs=2, status="failed")
    (folder / "1" / "run.json").unlink()
    record = sync(folder).record
    assert client.get_run(record["run_id"]).info.status == "FAILED"
    table = pl.read_csv(client.download_artifacts(record["run_id"], "grid.csv", str(tmp_path)))
    assert table["status"].to_list() == ["finished", None]


def test_a_job_without_a_number_is_left_out_of_the_picture(client: MlflowClient, tmp_path: Path) -> None:
    folder = make_grid(tmp_path / "grid", jobs=3)
    scores = {"test": {}, "validation": {"accuracy": float("nan")}}
    (folder / "1" / "metrics.json").write_text(json.dumps(scores))
    record = sync(folder).record
    drawn = Path(client.download_artifacts(record["run_id"], "grid.svg", str(tmp_path))).read_text()
    assert drawn.count("<polyline") == 2
    assert "[20]" not in drawn


def test_a_dead_grid_is_closed(client: MlflowClient, tmp_path: Path) -> None:
    host = json.loads((make_grid(tmp_path / "other", jobs=1) / "0" / "run.json").read_text())["host"]
    folder = make_grid(tmp_path / "grid", jobs=1, status="running", ended=None, pid=2**22 + 1, host=host)
    record = sync(folder).record
    assert json.loads((folder / "grid.json").read_text())["status"] == "killed"
    assert client.get_run(record["run_id"]).info.status == "KILLED"


def test_swept_keys_differ_between_jobs() -> None:
    jobs = [{"overrides": ["a=1", "b=x", "+c=2"]}, {"overrides": ["a=2", "b=x"]}, {"overrides": ["a=1", "b=x"]}]
    assert swept(jobs) == {"a": "1, 2", "c": "2"}


def test_the_best_job_has_the_best_validation_score(tmp_path: Path) -> None:
    folder = make_grid(tmp_path / "grid", jobs=3)
    scores = [
        {"accuracy": 0.9, "log_loss": 0.5},
        {"accuracy": 0.9, "log_loss": 0.4},
        {"accuracy": 0.8, "log_loss": 0.1},
    ]
    assert best_job(_with_scores(folder, scores)) == 1
    assert best_job(_with_scores(folder, [{"rmse": 2.0}, {"rmse": 3.0}, {"rmse": 1.0}])) == 2
    assert best_job(_with_scores(folder, [])) is None


def test_the_best_job_is_that_of_the_monitored_metric(tmp_path: Path) -> None:
    folder = make_grid(tmp_path / "grid", jobs=3)
    scores = [{"accuracy": 0.9, "mcc": 0.5}, {"accuracy": 0.8, "mcc": 0.7}, {"accuracy": 0.7, "mcc": 0.6}]
    runs = _with_scores(folder, scores)
    assert best_job(runs) == 0
    for run in runs.values():
        run.config["trainer"] = {"monitor": "mcc"}
    assert best_job(runs) == 1


def test_without_a_score_the_first_metric_decides(tmp_path: Path) -> None:
    folder = make_grid(tmp_path / "grid", jobs=3)
    assert best_job(_with_scores(folder, [{"mape": 0.3, "r2": 0.9}, {"mape": 0.2}, {"mape": 0.4, "r2": 1.0}])) == 1


def _with_scores(folder: Path, scores: list[dict[str, float]]) -> dict[int, Snapshot]:
    runs = {job: Snapshot.read(update(folder / str(job))) for job in range(3)}
    for job, run in runs.items():
        run.metrics.clear()
        run.metrics.update({"validation": scores[job]} if scores else {})
    return runs
