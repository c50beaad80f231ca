"""Runs whose MLflow is away for a while, or for good: the training goes on, nothing is lost, what is missing is sent
later, with the right status."""

import json
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from mlflow import MlflowClient
from sqlalchemy import Engine, event

from src.recorder import Recorder
from src.sync import sync as command
from src.tracking.follow import Follower
from src.tracking.store import open_store
from src.tracking.sync import sync
from tests.gate import Gate
from tests.made_up_run import line, make_run, update, write_history
from tests.short_run import record_of, run_in, start

OUTAGE = 8.0
"""Seconds."""
CONFIG = ("experiment=penguins_lesson", "tracking=mlflow")


@pytest.fixture(autouse=True)
def _a_busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "60")


@pytest.fixture
def gate(sqlite_server: str) -> Iterator[Gate]:
    """An open one, to a real server."""
    port = urlsplit(sqlite_server).port
    assert port is not None
    gate = Gate(port)
    yield gate
    if gate.is_open:
        gate.shut()


@pytest.fixture(scope="module")
def without_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[subprocess.Popen[str], Gate, Path]]:
    """A training that began when its server was not there; it waits while other tests go on."""
    gate = Gate(0)
    gate.shut()
    folder = tmp_path_factory.mktemp("absent") / "run"
    options = (*CONFIG, "trainer=cpu", f"tracking.uri={gate.address}", f"hydra.run.dir={folder}")
    process = start("src.train", *options, cwd=folder.parent)
    yield process, gate, folder
    process.kill()
    process.communicate()


def steps(client: MlflowClient, run_id: str) -> list[int]:
    return [each.step for each in client.get_metric_history(run_id, "train/loss")]


@pytest.mark.usefixtures("without_server")
def test_a_server_that_is_gone_for_eight_seconds_costs_nothing_and_loses_nothing(
    gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, write, gone = tmp_path / "run", Recorder.epoch_ended, dict[str, float]()

    def epoch_ended(recorder: Recorder, row: dict[str, Any]) -> None:
        write(recorder, row)
        if row["epoch"] == 5:
            _wait_until_mirrored(folder)
            gate.shut()
            gone["at"] = time.monotonic()
        elif not gate.is_open:
            time.sleep(0.2)
            gone["epochs"] = gone.get("epochs", 0) + 1
            if time.monotonic() - gone["at"] > OUTAGE:
                gate.open()

    monkeypatch.setattr(Recorder, "epoch_ended", epoch_ended)
    run_in(folder, *CONFIG, f"tracking.uri={gate.address}", "trainer.max_epochs=60")
    assert gone["epochs"] > 20  # were trained meanwhile
    assert gate.is_open
    record = json.loads((folder / "mlflow.json").read_text())
    client = open_store(gate.address)
    assert client.get_run(record["run_id"]).info.status == "FINISHED"
    assert steps(client, record["run_id"]) == [*range(1, 61)]
    assert sync(folder).sent["metric values"] == 0
    assert not (folder / "sync.log").exists()


def _wait_until_mirrored(folder: Path) -> None:
    deadline = time.monotonic() + 120
    while not (folder / "mlflow.json").exists():
        assert time.monotonic() < deadline, (folder / "sync.log").read_text()
        time.sleep(0.1)


def test_a_server_that_is_gone_for_good_gets_all_of_the_run_when_another_takes_its_place(
    gate: Gate, tmp_path: Path
) -> None:
    folder = make_run(tmp_path / "run", epochs=1, status="running", ended=None)
    config = folder / "config.yaml"
    config.write_text(config.read_text().replace("uri: null", f"uri: {gate.address}"))
    follower = Follower(folder)
    assert follower.look()
    gate.shut()
    write_history(folder, [line(epoch) for epoch in range(1, 4)])
    assert not follower.look()
    write_history(folder, [line(epoch) for epoch in range(1, 6)])
    update(folder, status="failed", ended="2026-01-02T03:06:05+00:00", error="the disk is full")
    assert not follower.look(again=True)
    assert "the server does not answer" in str(follower.error)
    gate.open()
    run_id = sync(folder).record["run_id"]
    client = open_store(gate.address)
    assert steps(client, run_id) == [1, 2, 3, 4, 5]
    info = client.get_run(run_id).info
    assert (info.status, info.end_time) == ("FAILED", 1767323165000)


def test_a_database_locked_for_longer_than_mlflow_waits_is_caught_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    folder = make_run(tmp_path / "run", epochs=1, status="running", ended=None)
    event.listen(Engine, "before_cursor_execute", _impatient, retval=True)
    try:
        follower = Follower(folder)
        assert follower.look()
        other = sqlite3.connect(tmp_path / "mlflow.db", isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        write_history(folder, [line(1), line(2), line(3)])
        assert not follower.look()
        assert "could not record the run: (sqlite3.OperationalError) database is locked\n" in str(follower.error)
        assert not follower.look(again=True)  # which opens the store anew
        other.close()
        update(folder, status="finished", ended="2026-01-02T03:06:05+00:00")
        assert follower.look(again=True)
    finally:
        event.remove(Engine, "before_cursor_execute", _impatient)
    client, run_id = open_store(uri), json.loads((folder / "mlflow.json").read_text())["run_id"]
    assert steps(client, run_id) == [1, 2, 3]
    assert client.get_run(run_id).info.status == "FINISHED"


def _impatient(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> tuple[str, Any]:
    """MLflow waits 20 s for a lock, here 0.1 s."""
    return statement.replace("busy_timeout = 20000", "busy_timeout = 100"), parameters


def test_a_run_that_begins_without_a_server_is_trained_and_sent_later(
    without_server: tuple[subprocess.Popen[str], Gate, Path], sqlite_server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    process, gate, folder = without_server
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert "MLflow has not all of the run; python -m src.sync run=run says why, or catches up." in out
    assert record_of(folder)["status"] == "finished"
    assert not (folder / "mlflow.json").exists()
    port = urlsplit(sqlite_server).port
    assert port is not None
    gate.target = port
    gate.open()
    command([f"run={folder}"])
    gate.shut()
    assert "sent" in capsys.readouterr().out
    client = open_store(sqlite_server)
    run_id = json.loads((folder / "mlflow.json").read_text())["run_id"]
    assert client.get_run(run_id).info.status == "FINISHED"
    assert steps(client, run_id) == [*range(1, 51)]
