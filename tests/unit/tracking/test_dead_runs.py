import json
import os
import shutil
import socket
from pathlib import Path
from typing import Any

from mlflow import MlflowClient

from src.tracking.dead_runs import close_dead_runs
from src.tracking.sync import sync
from tests.made_up_run import make_run, update

HOST = socket.gethostname()


def running(client: MlflowClient, folder: Path, **tags: str) -> str:
    """Id of an MLflow run that was mirrored while this process trained it."""
    run_id: str = sync(make_run(folder, status="running", ended=None)).record["run_id"]
    for key, value in tags.items():
        client.set_tag(run_id, f"rookery.{key}", value)
    return run_id


def facts(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "run.json").read_text())
    return content


def test_a_run_whose_process_lives_is_left_alone(client: MlflowClient, tmp_path: Path) -> None:
    run_id = running(client, tmp_path / "run")
    assert close_dead_runs(client, HOST) == []
    assert client.get_run(run_id).info.status == "RUNNING"


def test_a_run_whose_pid_another_process_has_by_now_is_closed(client: MlflowClient, tmp_path: Path) -> None:
    run_id = running(client, tmp_path / "run", pid_started="1000.0")
    assert close_dead_runs(client, HOST) == [run_id]
    info = client.get_run(run_id).info
    assert info.status == "KILLED"
    assert info.end_time is not None
    assert facts(tmp_path / "run")["status"] == "killed"


def test_a_run_whose_folder_is_gone_is_closed(client: MlflowClient, tmp_path: Path) -> None:
    run_id = running(client, tmp_path / "run", pid=str(2**22 + 1))
    shutil.rmtree(tmp_path / "run")
    assert close_dead_runs(client, HOST) == [run_id]


def test_a_run_resumed_by_another_process_is_left_alone(client: MlflowClient, tmp_path: Path) -> None:
    run_id = running(client, tmp_path / "run")
    client.set_tag(run_id, "rookery.pid", str(2**22 + 1))  # of the first leg, which was killed
    assert facts(tmp_path / "run")["pid"] == os.getpid()
    assert close_dead_runs(client, HOST) == []
    assert facts(tmp_path / "run")["status"] == "running"


def test_a_run_that_ended_while_mlflow_was_away_gets_its_own_status(client: MlflowClient, tmp_path: Path) -> None:
    run_id = running(client, tmp_path / "run", pid_started="1000.0")
    update(tmp_path / "run", status="finished", ended="2026-01-02T03:05:05+00:00")
    close_dead_runs(client, HOST)
    info = client.get_run(run_id).info
    assert (info.status, info.end_time) == ("FINISHED", 1767323105000)


def test_a_run_of_another_machine_is_left_alone(client: MlflowClient, tmp_path: Path) -> None:
    running(client, tmp_path / "run", pid_started="1000.0")
    assert close_dead_runs(client, "elsewhere") == []
