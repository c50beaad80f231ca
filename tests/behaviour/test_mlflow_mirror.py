"""The followers of real processes. Importing MLflow costs seconds, so these start few of them."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow.entities import Run

from src.tracking.store import open_store
from tests.made_up_run import line, make_grid, make_run, update, write_history

ROOT = Path(__file__).parents[2]


def start(uri: str, option: str) -> subprocess.Popen[str]:
    """python -m src.sync with the option."""
    command = [sys.executable, "-m", "src.sync", option]
    environment = os.environ | {"MLFLOW_TRACKING_URI": uri}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def end(process: subprocess.Popen[str], input: str = "") -> tuple[int, str, str]:
    """Exit code and what it said, after closing its input."""
    out, err = process.communicate(input, timeout=100)
    return process.returncode, out, err


def runs(uri: str) -> dict[str, Run]:
    client = open_store(uri)
    experiment = client.get_experiment_by_name("rookery")
    assert experiment is not None
    return {str(run.info.run_name): run for run in client.search_runs([experiment.experiment_id])}


def wait_for(fact: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def status(folder: Path) -> str:
    return str(json.loads((folder / "run.json").read_text())["status"])


def test_three_jobs_at_once_on_a_fresh_store_make_one_grid(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    folder = make_grid(tmp_path / "grid", jobs=3)
    for code, out, err in [end(each) for each in [start(uri, f"run={folder / str(job)}") for job in range(3)]]:
        assert code == 0, err
        assert err == ""
        assert "sent" in out
    found = runs(uri)
    assert sorted(found) == ["grid of 3", "job 0", "job 1", "job 2"]
    parent = found.pop("grid of 3")
    assert {job.data.tags["mlflow.parentRunId"] for job in found.values()} == {parent.info.run_id}


def test_a_follower_mirrors_while_the_run_goes_on_and_closes_it_when_its_process_is_killed(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    folder = make_run(tmp_path / "run", epochs=1, status="running", ended=None)
    trainer = subprocess.Popen([sys.executable, "-c", TRAINER, str(folder), uri], cwd=ROOT)
    wait_for(lambda: (folder / "mlflow.json").exists())
    assert {run.info.status for run in runs(uri).values()} == {"RUNNING"}
    write_history(folder, [line(1), line(2)])
    trainer.send_signal(signal.SIGKILL)
    trainer.wait()
    wait_for(lambda: status(folder) == "killed")
    wait_for(lambda: not (folder / "sync.log").exists())  # its last act
    (run,) = runs(uri).values()
    assert run.info.status == "KILLED"
    assert run.info.end_time is not None
    history = open_store(uri).get_metric_history(run.info.run_id, "train/loss")
    assert [each.step for each in history] == [1, 2]


TRAINER = """
import json, os, sys, time
from pathlib import Path
from src.config.tracking import Tracking
from src.mirror import Mirror
folder = Path(sys.argv[1])
facts = json.loads((folder / "run.json").read_text())
(folder / "run.json").write_text(json.dumps(facts | {"pid": os.getpid()}))
os.environ["MLFLOW_TRACKING_URI"] = sys.argv[2]
Mirror(Tracking()).follow(folder)
time.sleep(600)
"""


def test_a_follower_whose_run_was_resumed_by_another_process_leaves_it_running(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    folder = make_run(tmp_path / "run", status="running", ended=None)
    other = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    update(folder, pid=other.pid, host=socket.gethostname())
    assert end(start(uri, "follow=true"), json.dumps(str(folder)) + "\n") == (0, "", "")
    assert status(folder) == "running"
    assert {run.info.status for run in runs(uri).values()} == {"RUNNING"}
    other.communicate()


def test_a_follower_that_hears_of_no_run_does_nothing(tmp_path: Path) -> None:
    assert end(start(f"sqlite:///{tmp_path}/mlflow.db", "follow=true")) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


def test_what_a_follower_complains_about_stands_in_the_run_folder(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    (folder / "run.json").write_text("{")
    assert end(start(f"sqlite:///{tmp_path}/mlflow.db", "follow=true"), json.dumps(str(folder)) + "\n") == (4, "", "")
    assert "is damaged" in (folder / "sync.log").read_text()


def test_an_absent_server_costs_little_and_changes_nothing(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    code, out, err = end(start("http://127.0.0.1:9", f"run={folder}"))
    assert (code, out) == (4, "")
    assert f"later, `python -m src.sync run={folder}` catches up" in err
    assert "Traceback" not in err
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("arguments", [["rn=here"], ["run=here", "follow=true"], ["follow=no"], ["run=nowhere"]])
def test_wrong_arguments_are_explained(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    from src.command_line import exit_code
    from src.sync import sync

    assert exit_code(lambda: sync(arguments)) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
