import os
import subprocess
import sys
from pathlib import Path

import pytest

from src import mirror
from src.config.tracking import Tracking
from src.mirror import Mirror


def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, body: str) -> None:
    """A follower that does `body` instead."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "sync.py").write_text(f"import json, os, sys, time\nfrom pathlib import Path\n{body}\n")
    monkeypatch.setattr(mirror, "CHECKOUT", tmp_path)


RECORD = 'Path("mlflow.json").write_text(json.dumps({"tracking_uri": "http://server", "experiment_id": "7"}))'


def test_no_follower_is_started_without_tracking(tmp_path: Path) -> None:
    assert Mirror.start(tmp_path, Tracking(enabled=False)).finish(1) == []
    assert list(tmp_path.iterdir()) == []


def test_finish_ends_the_follower_and_tells_where_the_run_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, tmp_path, f"assert not sys.stdin.read()\nassert os.getsid(0) == os.getpid()\n{RECORD}")
    lines = Mirror.start(tmp_path, Tracking()).finish(30)
    assert lines == ["http://server/#/experiments/7/runs?workflowType=machine_learning"]
    assert (tmp_path / "sync.log").read_text() == ""


def test_a_slow_follower_goes_on_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, tmp_path, "sys.stdin.read(); time.sleep(60)")
    follower = Mirror.start(tmp_path, Tracking())
    (line,) = follower.finish(0.1)
    assert f"python -m src.sync run={tmp_path} waits for it" in line
    process = follower._process
    assert process is not None
    assert process.poll() is None
    process.kill()
    process.wait()


def test_a_follower_that_fails_leaves_the_run_and_a_hint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, tmp_path, "sys.exit(4)")
    (line,) = Mirror.start(tmp_path, Tracking()).finish(30)
    assert f"python -m src.sync run={tmp_path} says why" in line


def test_the_pipe_is_not_inherited_by_other_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, tmp_path, "sys.stdin.read()")
    follower = Mirror.start(tmp_path, Tracking())
    assert follower._process is not None
    assert follower._process.stdin is not None
    assert not os.get_inheritable(follower._process.stdin.fileno())
    assert follower.finish(30) == []


def test_the_training_does_not_import_mlflow() -> None:
    code = "import sys, src.mirror, src.tracking.location; print('mlflow' in sys.modules)"
    root = Path(mirror.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout == "False\n"
