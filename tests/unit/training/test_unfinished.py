"""A killed training goes on only if it ends as one that is started now would."""

from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from src import machine
from src.errors import MachineError
from src.unfinished import goes_on, move
from tests.made_up_run import make_run
from tests.short_run import config_of

CONFIG = config_of()
DATA = {"sha256": "d" * 64}


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    return make_run(tmp_path / "unfinished", **facts())


def facts(**others: Any) -> dict[str, Any]:
    made_from = {"config_hash": CONFIG.hash, "data": DATA, "code": machine.code(), "cpu": machine.cpu()}
    return made_from | {"versions": machine.versions(), "status": "killed"} | others


def test_a_run_of_the_same_goes_on(killed: Path) -> None:
    assert goes_on(killed, CONFIG, DATA["sha256"])
    assert (killed / "history.jsonl").exists()


@pytest.mark.parametrize(
    "other",
    [
        {"config_hash": "0" * 16},
        {"data": {"sha256": "e" * 64}},
        {"code": "0" * 64},
        {"cpu": "of another machine"},
        {"versions": {"torch": "1.0"}},
    ],
    ids=lambda other: next(iter(other)),
)
def test_a_run_of_anything_else_is_deleted(tmp_path: Path, other: dict[str, Any]) -> None:
    folder = make_run(tmp_path / "unfinished", **facts(**other))
    assert not goes_on(folder, CONFIG, DATA["sha256"])
    assert not folder.exists()


def test_what_was_killed_before_it_had_a_record_is_deleted(tmp_path: Path) -> None:
    (tmp_path / "unfinished/checkpoints").mkdir(parents=True)
    assert not goes_on(tmp_path / "unfinished", CONFIG, DATA["sha256"])
    assert not (tmp_path / "unfinished").exists()
    assert not goes_on(tmp_path / "unfinished", CONFIG, DATA["sha256"])


def test_a_run_that_is_still_going_on_is_left_alone(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "unfinished", **facts(code="0" * 64))
    with FileLock(folder / ".lock"), pytest.raises(MachineError, match="in use by a run that is still going on"):
        goes_on(folder, CONFIG, DATA["sha256"])
    assert (folder / "run.json").exists()


def test_a_finished_run_takes_the_place_of_the_one_before(killed: Path, tmp_path: Path) -> None:
    (killed / "mlflow.json").write_text('{"run_id": "a1"}')
    (tmp_path / "run").mkdir()
    (tmp_path / "run/log.txt").write_text("of the run before")
    move(killed, tmp_path / "run")
    assert not killed.exists()
    assert (tmp_path / "run/log.txt").read_text() == "trained\n"
    ids = (tmp_path / "run/ids.json").read_text()
    assert '"mlflow": "a1"' in ids
    assert '"run": "' in ids
