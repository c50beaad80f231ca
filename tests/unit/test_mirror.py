import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from src import mirror
from src.config.tracking import Tracking
from src.errors import DataError
from src.mirror import Mirror


def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, body: str) -> None:
    """A follower that does `body` instead."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "sync.py").write_text(f"import json, os, sys, time\nfrom pathlib import Path\n{body}\n")
    monkeypatch.setattr(mirror, "CHECKOUT", tmp_path)


RECORD = 'Path("mlflow.json").write_text(json.dumps({"tracking_uri": "http://server", "experiment_id": "7"}))'


def following(folder: Path) -> Mirror:
    mirror = Mirror(Tracking())
    mirror.follow(folder)
    return mirror


def test_no_follower_is_started_without_tracking(tmp_path: Path) -> None:
    mirror = Mirror(Tracking(enabled=False))
    mirror.follow(tmp_path)
    assert mirror._process is None
    assert mirror.finish(1) == []


def test_the_other_processes_of_a_run_start_no_follower(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert Mirror(Tracking())._process is None


def test_finish_ends_the_follower_and_tells_where_the_run_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "line\nbreak"
    folder.mkdir()
    facts = 'Path(json.loads(sys.stdin.read())) == Path.cwd() / "line\\nbreak"', "os.getsid(0) == os.getpid()"
    asserted = "".join(f"assert {fact}\n" for fact in facts)
    stand_in(monkeypatch, tmp_path, f"{asserted}os.chdir('line\\nbreak')\n{RECORD}")
    lines = following(folder).finish(30)
    assert lines == ["http://server/#/experiments/7/runs?workflowType=machine_learning"]


def test_a_slow_follower_goes_on_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, tmp_path, "sys.stdin.read(); time.sleep(60)")
    folder = tmp_path / "my run"
    folder.mkdir()
    follower = following(folder)
    (line,) = follower.finish(0.1)
    assert f"python -m src.sync 'run={folder}' waits for it" in line
    process = follower._process
    assert process is not None
    assert process.poll() is None
    process.kill()
    process.wait()


@pytest.mark.parametrize("body", ["sys.stdin.read(); sys.exit(4)", "sys.exit(4)"])
def test_a_follower_that_fails_leaves_the_run_and_a_hint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    stand_in(monkeypatch, tmp_path, body)
    with Mirror(Tracking()) as mirror:
        assert mirror._process is not None
        if "read" not in body:
            mirror._process.wait()  # the pipe is broken by now
        mirror.follow(tmp_path)
        (line,) = mirror.finish(30)
    assert f"python -m src.sync run={tmp_path} says why" in line


def test_a_follower_ends_at_once_with_a_run_that_never_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, tmp_path, "time.sleep(600)")
    with pytest.raises(DataError), Mirror(Tracking()) as mirror:
        raise DataError("no such table")
    assert mirror._process is not None
    assert mirror._process.returncode == -signal.SIGKILL
    assert not {"mlflow.json", "sync.log"} & {path.name for path in tmp_path.iterdir()}


def test_the_pipe_is_not_inherited_by_other_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, tmp_path, "sys.stdin.read()")
    follower = following(tmp_path)
    assert follower._process is not None
    assert follower._process.stdin is not None
    assert not os.get_inheritable(follower._process.stdin.fileno())
    assert follower.finish(30) == []


def test_the_training_does_not_import_mlflow() -> None:
    code = "import sys, src.mirror, src.tracking.location; print('mlflow' in sys.modules)"
    root = Path(mirror.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout == "False\n"
