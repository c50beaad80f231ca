import subprocess
from pathlib import Path
from typing import Any

import pytest

from src import machine, run_folder
from src.config.saved import save
from src.errors import ConfigError, MachineError
from src.repetition import circumstances, code
from src.repetition.past_run import PastRun
from src.run_folder import RunFolder
from tests.made_up_run import make_run
from tests.short_run import config_of

CONFIG = config_of()
CLEAN = {"commit": "c" * 40, "branch": "main", "dirty": False}
DIRTY = CLEAN | {"dirty": True}


def finished(folder: Path, **facts: Any) -> Path:
    """As if trained on this machine."""
    here = {"config_hash": CONFIG.hash, "versions": machine.versions(), "cpu": machine.cpu()}
    make_run(folder, **here | facts)
    save(CONFIG, folder / "config.yaml")
    (folder / "bundle").mkdir()
    (folder / "bundle/weights.safetensors").write_bytes(b"")
    return folder


def differences(folder: Path, again: Path, allow_custom: bool = False) -> list[tuple[str, str]]:
    return list(circumstances.differences(PastRun.load(folder, allow_custom), again))


def test_the_hash_of_the_file_is_that_of_the_configuration(tmp_path: Path) -> None:
    run = PastRun.load(finished(tmp_path / "run"))
    assert run.config_hash == CONFIG.hash
    assert (run.changes, run.network) == (b"", None)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"status": "killed"}, "required: a run that is finished; this one is killed"),
        ({"status": "running"}, "required: a run that is finished; this one is running"),
        ({"git": None}, "names no commit: the run was not made in a git checkout"),
        ({"git": CLEAN | {"commit": "--force"}}, "names no commit"),
    ],
)
def test_what_is_no_finished_run_of_a_checkout_is_refused(tmp_path: Path, facts: dict[str, Any], sentence: str) -> None:
    with pytest.raises((ConfigError, MachineError), match=sentence):
        PastRun.load(finished(tmp_path / "run", **facts))


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such folder; required: the folder of a finished run"):
        PastRun.load(tmp_path / "run")
    with pytest.raises(ConfigError, match=r"holds no run\.json"):
        PastRun.load(tmp_path)
    (tmp_path / "grid.json").write_text("{}")
    with pytest.raises(ConfigError, match="is a grid; name one of its runs"):
        PastRun.load(tmp_path)


def test_missing_weights_are_named(tmp_path: Path) -> None:
    folder = finished(tmp_path / "run")
    (folder / "bundle/weights.safetensors").unlink()
    with pytest.raises(MachineError, match=r"bundle/weights\.safetensors missing; there is nothing to compare with"):
        PastRun.load(folder)


def test_code_in_the_folder_needs_the_word_of_the_person(tmp_path: Path) -> None:
    folder = finished(tmp_path / "run", git=DIRTY | {"diff": "whole"})
    (folder / "code.diff").write_bytes(b"diff")
    with pytest.raises(ConfigError, match=r"code\.diff: to repeat this run runs Python code .* allow_custom=true"):
        PastRun.load(folder)
    assert PastRun.load(folder, allow_custom=True).changes == b"diff"


def test_a_commit_that_is_gone_is_named(tmp_path: Path) -> None:
    run = PastRun.load(finished(tmp_path / "run"))
    sentence = rf"The commit {'c' * 40} of the run \(branch main\) is not in .*; `git fetch` brings it"
    with pytest.raises(MachineError, match=sentence), code.checked_out(run, tmp_path / "code"):
        pass


def test_the_same_circumstances_are_not_told(tmp_path: Path) -> None:
    assert differences(finished(tmp_path / "run"), tmp_path) == []


def test_other_circumstances_are_told_one_by_one(tmp_path: Path) -> None:
    versions = machine.versions() | {"torch": "1.0", "gone": "2.0"}
    folder = finished(tmp_path / "run", versions=versions, cpu="Old", git=DIRTY, config_hash="0" * 16, host="elsewhere")
    again = tmp_path / "again"
    again.mkdir()
    (folder / "log.txt").write_text("device      gpu x 1\nmemory\n")
    (again / "log.txt").write_text("device      cpu x 1\n")
    assert differences(folder, again) == [
        ("code", "commit and changes then, the commit alone now"),
        ("configuration", f"hash {'0' * 16} then, {CONFIG.hash} of config.yaml now"),
        ("environment", f"torch 1.0 then, {machine.versions()['torch']} now"),
        ("environment", "gone 2.0 then, missing now"),
        ("hardware", f"cpu Old then, {machine.cpu()} now"),
        ("hardware", f"host elsewhere then, {machine.host()} now"),
        ("hardware", "gpu x 1 then, cpu x 1 now"),
    ]


@pytest.mark.parametrize(("size", "kept"), [(100, "whole"), (101, "the first 100 of 101 bytes")])
def test_a_run_keeps_what_was_not_committed_up_to_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, kept: str
) -> None:
    monkeypatch.setattr(run_folder, "LONGEST", 100)
    monkeypatch.setattr(machine, "git", DIRTY.copy)
    monkeypatch.setattr(machine, "changes", lambda: b"x" * size)
    folder = RunFolder.create(tmp_path / "run", CONFIG, {}, [])
    assert folder.record["git"]["diff"] == kept
    assert (folder.path / "code.diff").read_bytes() == b"x" * 100


def test_what_dvc_writes_is_no_change_of_the_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("src.py", "dvc.lock", "build/metrics.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("then\n")
    who = ["-c", "user.name=reader", "-c", "user.email=reader@example.org"]
    for command in (["init"], ["add", "."], [*who, "commit", "--message", "all"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True, capture_output=True)
    monkeypatch.setattr(machine, "ROOT", tmp_path)
    (tmp_path / "dvc.lock").write_text("now\n")
    (tmp_path / "build/metrics.json").unlink()
    folder = RunFolder.create(tmp_path / "run", CONFIG, {}, [])
    assert (folder.record["git"]["dirty"], folder.record["git"]["diff"]) == (True, "empty")
    assert not (folder.path / "code.diff").exists()
    (tmp_path / "src.py").write_text("now\n")
    assert machine.changes().endswith(b"--- a/src.py\n+++ b/src.py\n@@ -1 +1 @@\n-then\n+now\n")
    assert machine.changes().startswith(b"diff --git a/src.py b/src.py\n")
    past = PastRun.load(finished(tmp_path / "past", git=folder.record["git"]))
    assert not past.has_lost_changes
    assert code.said(past).endswith(f"branch {past.git['branch']}")


def test_a_run_of_a_clean_checkout_keeps_no_diff(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "git", CLEAN.copy)
    folder = RunFolder.create(tmp_path / "run", CONFIG, {}, [])
    assert folder.record["git"] == CLEAN
    assert not (folder.path / "code.diff").exists()


def test_half_a_diff_is_not_taken_for_the_code(tmp_path: Path) -> None:
    folder = finished(tmp_path / "run", git=DIRTY | {"diff": "the first 100 of 101 bytes"})
    (folder / "code.diff").write_bytes(b"x")
    run = PastRun.load(folder)
    assert run.changes == b""
    assert code.said(run).endswith("was not kept as a whole (the first 100 of 101 bytes)")


def test_the_log_of_a_resumed_run_tells_the_last_device(tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_text("device      cpu x 1\ndevices of somebody\ndevice      cpu x 2\n")
    assert circumstances.device(tmp_path) == "cpu x 2"
