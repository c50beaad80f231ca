import os
from pathlib import Path

import pytest
from mlflow import MlflowClient

from src.errors import MachineError
from src.tracking import follow as module
from src.tracking.follow import LONGEST_PAUSE, PERIOD, Follower, follow
from tests.made_up_run import line, make_run, write_history

ABSENT = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _no_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")


def sent(client: MlflowClient) -> int:
    experiment = client.get_experiment_by_name("rookery")
    assert experiment is not None
    (run,) = client.search_runs([experiment.experiment_id])
    return len(client.get_metric_history(run.info.run_id, "train/loss"))


def test_nothing_is_done_before_the_run_begins(client: MlflowClient, tmp_path: Path) -> None:
    assert Follower(tmp_path).look(again=True)
    assert client.get_experiment_by_name("rookery") is None


def test_an_outage_is_waited_out_with_longer_and_longer_pauses(
    client: MlflowClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_run(tmp_path / "run", epochs=1, status="running", ended=None)
    follower = Follower(folder)
    assert follower.look()
    assert (follower.pause, sent(client)) == (PERIOD, 1)
    write_history(folder, [line(1), line(2)])
    assert follower._mirror is not None
    monkeypatch.setattr(follower._mirror.client, "log_batch", _fail)
    assert not follower.look()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", ABSENT)
    pauses = []
    for _ in range(5):
        assert not follower.look()
        pauses.append(follower.pause)
    assert pauses == [8.0, 16.0, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    assert follower.look()
    assert (follower.pause, sent(client)) == (PERIOD, 2)


def _fail(*_: object, **__: object) -> None:
    raise OSError("connection lost")


def test_giving_up_leaves_a_line_in_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_run(tmp_path / "run")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", ABSENT)
    monkeypatch.setattr(module, "_input_ends", lambda **_: True)
    with pytest.raises(MachineError, match="could not record"):
        follow(folder, trainer=0, patience=0)
    assert f"`python -m src.sync run={folder}` catches up" in (folder / "log.txt").read_text()


def test_only_the_folder_of_the_trainer_that_ended_is_marked_as_killed(tmp_path: Path) -> None:
    mine = make_run(tmp_path / "mine", status="running", ended=None, pid=os.getpid())
    module._close(mine, trainer=os.getpid())
    assert '"killed"' in (mine / "run.json").read_text()
    other = make_run(tmp_path / "other", status="running", ended=None, pid=os.getpid())
    module._close(other, trainer=os.getpid() + 1)
    assert '"running"' in (other / "run.json").read_text()
