"""A grid: its folder, its processes, its end. The trainings are played by a script of a few lines."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from src.errors import ConfigError, MachineError
from src.grid import run_grid
from src.grid_table import table
from src.jobs import finish

PLAYED = """
import json, os, pathlib, sys, time
[folder] = [text.partition("=")[2].strip('"') for text in sys.argv if text.startswith("hydra.run.dir=")]
folder = pathlib.Path(folder)
folder.mkdir()
seen = {"arguments": sys.argv[1:], "grid": os.environ["ROOKERY_GRID"], "job": os.environ["ROOKERY_GRID_JOB"]}
(folder / "seen.json").write_text(json.dumps(seen))
if "seed=1" in sys.argv:
    sys.exit(3)
if "seed=9" in sys.argv:
    time.sleep(60)
(folder / "metrics.json").write_text(json.dumps({"test": {"accuracy": 0.5, "roc_auc": None}, "validation": {}}))
"""


@pytest.fixture
def play(tmp_path: Path) -> list[str]:
    (tmp_path / "played.py").write_text(PLAYED)
    return [sys.executable, str(tmp_path / "played.py")]


@pytest.fixture
def sync(tmp_path: Path) -> list[str]:
    """Notes its arguments in the file `synced`."""
    return [sys.executable, "-c", f"import sys; open({str(tmp_path / 'synced')!r}, 'w').write(' '.join(sys.argv[1:]))"]


def facts(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "grid.json").read_text())
    return found


def test_every_run_has_its_own_process_folder_and_number(tmp_path: Path, play: list[str], sync: list[str]) -> None:
    grid = tmp_path / "a grid"
    assert run_grid(["seed=2,3", "model.hidden=[10]", f"hydra.sweep.dir={grid}"], None, play, sync) == 0
    found = facts(grid)
    assert (found["status"], found["ended"] >= found["started"], found["pid"]) == ("finished", True, os.getpid())
    assert found["jobs"] == [
        {"job": 0, "overrides": ["seed=2", "model.hidden=[10]"], "folder": "0", "exit_code": 0},
        {"job": 1, "overrides": ["seed=3", "model.hidden=[10]"], "folder": "1", "exit_code": 0},
    ]
    seen = json.loads((grid / "1" / "seen.json").read_text())
    assert (seen["grid"], seen["job"]) == (found["uuid"], "1")
    assert seen["arguments"] == ["seed=3", "model.hidden=[10]", f'hydra.run.dir="{grid}/1"']
    assert (tmp_path / "synced").read_text() == f"run={grid}"


def test_a_run_that_fails_does_not_stop_the_later_ones(
    tmp_path: Path, play: list[str], sync: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert run_grid(["seed=0,1,2", f"hydra.sweep.dir={tmp_path}/g"], None, play, sync) == 3
    assert [job["exit_code"] for job in facts(tmp_path / "g")["jobs"]] == [0, 3, 0]
    assert facts(tmp_path / "g")["status"] == "failed"
    output = capfd.readouterr().out
    assert "--- run 2 of 3: seed=1\n" in output
    assert output.splitlines()[-4:] == [
        "run  overrides  accuracy  roc_auc  exit",
        "0    seed=0     0.5000    -        0",
        "1    seed=1     -         -        3",
        "2    seed=2     0.5000    -        0",
    ]


def test_the_folder_of_own_options_is_handed_on(tmp_path: Path, play: list[str]) -> None:
    (tmp_path / "own").mkdir()
    assert run_grid(["tracking=none", f"hydra.sweep.dir={tmp_path}/g"], tmp_path / "own", play, ["false"]) == 0
    assert f"--config-dir={tmp_path}/own" in json.loads((tmp_path / "g/0/seen.json").read_text())["arguments"]


def test_without_tracking_nothing_is_mirrored(tmp_path: Path, play: list[str], sync: list[str]) -> None:
    run_grid(["tracking=none", f"hydra.sweep.dir={tmp_path}/g"], None, play, sync)
    assert not (tmp_path / "synced").exists()


def test_a_mistake_anywhere_in_the_grid_starts_nothing(tmp_path: Path, play: list[str]) -> None:
    with pytest.raises(ConfigError, match="got -1"):
        run_grid(["seed=1,2,-1", f"hydra.sweep.dir={tmp_path}/g"], None, play)
    assert not (tmp_path / "g").exists()


def test_nothing_is_written_over(tmp_path: Path, play: list[str]) -> None:
    (tmp_path / "g").mkdir()
    (tmp_path / "g" / "something").touch()
    with pytest.raises(ConfigError, match="is not empty, and nothing is written over"):
        run_grid([f"hydra.sweep.dir={tmp_path}/g"], None, play)
    with pytest.raises(MachineError, match="could not be made: Not a directory"):
        run_grid([f"hydra.sweep.dir={tmp_path}/g/something/below"], None, play)


def test_a_grid_that_was_stopped_goes_on_with_the_same_options(
    tmp_path: Path, play: list[str], sync: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    """What a job left that was killed before it wrote run.json is cleared away."""
    (tmp_path / "own").mkdir()
    folder = tmp_path / "g"
    run_grid(["seed=2,3", f"hydra.sweep.dir={folder}"], tmp_path / "own", play, sync)
    found = facts(folder)
    found["jobs"][1]["exit_code"] = 137
    (folder / "grid.json").write_text(json.dumps(found | {"status": "killed"}))
    (tmp_path / "synced").unlink()
    assert finish(folder, train=play, sync=sync) == 0
    assert facts(folder) == found | {"status": "finished", "ended": facts(folder)["ended"]} | {
        "jobs": [job | {"exit_code": 0} for job in found["jobs"]]
    }
    arguments = json.loads((folder / "1" / "seen.json").read_text())["arguments"]
    assert arguments == [f"--config-dir={tmp_path}/own", "seed=3", f'hydra.run.dir="{folder}/1"']
    assert (tmp_path / "synced").read_text() == f"run={folder}"
    output = capfd.readouterr().out
    assert output.count("--- run 1 of 2") == 1
    assert output.count("--- run 2 of 2") == 2


def test_a_job_whose_folder_was_deleted_is_made_again_and_one_with_a_damaged_record_goes_on(
    tmp_path: Path, play: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "g"
    run_grid(["seed=2,3,4", "tracking=none", f"hydra.sweep.dir={folder}"], None, play)
    shutil.rmtree(folder / "1")
    (folder / "2" / "run.json").write_text("{")
    capfd.readouterr()
    assert finish(folder, train=play) == 1  # the script is no training that could go on
    assert [job["exit_code"] for job in facts(folder)["jobs"]] == [0, 0, 1]
    assert (folder / "1" / "seen.json").is_file()
    assert "--- run 1 of 3" not in capfd.readouterr().out


def test_networks_of_ones_own_are_allowed_by_the_person_not_by_the_record_of_the_grid(
    tmp_path: Path, play: list[str]
) -> None:
    folder = tmp_path / "g"
    run_grid(["seed=2", "allow_custom=true", "tracking=none", f"hydra.sweep.dir={folder}"], None, play)

    def arguments() -> list[str]:
        found: list[str] = json.loads((folder / "0" / "seen.json").read_text())["arguments"]
        return found

    assert "allow_custom=true" in arguments()
    stopped = facts(folder)
    stopped["jobs"][0]["exit_code"] = 137
    for allowed in (False, True):
        (folder / "grid.json").write_text(json.dumps(stopped))
        assert finish(folder, allowed, play) == 0
        assert ("allow_custom=true" in arguments()) is allowed


def test_a_grid_that_still_goes_on_is_left_alone(tmp_path: Path, play: list[str]) -> None:
    run_grid(["seed=2", "tracking=none", f"hydra.sweep.dir={tmp_path}/g"], None, play)
    running = facts(tmp_path / "g") | {"status": "running", "pid": os.getppid()}
    (tmp_path / "g" / "grid.json").write_text(json.dumps(running))
    with pytest.raises(MachineError, match=rf"is in use: the process {os.getppid()}, which makes its runs, is still"):
        finish(tmp_path / "g", train=play)
    (tmp_path / "g" / "grid.json").write_text(json.dumps(running | {"host": "elsewhere"}))
    assert finish(tmp_path / "g", train=play) == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_the_run_and_the_grid(tmp_path: Path, play: list[str], number: int, code: int) -> None:
    folder = tmp_path / "g"
    overrides = ["seed=9,8", "tracking=none", f"hydra.sweep.dir={folder}"]
    script = f"import sys; from src.grid import run_grid; sys.exit(run_grid({overrides}, None, {play}))"
    grid = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while not (folder / "0" / "seen.json").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    grid.send_signal(number)
    assert grid.wait(30) == code
    found = facts(folder)
    assert found["status"] == "killed"
    assert [job["exit_code"] for job in found["jobs"]] == [code, None]
    assert not (folder / "1").exists()


def test_the_table_shows_what_differs(tmp_path: Path) -> None:
    jobs = [{"overrides": ["a=1", f"b={each}"], "folder": str(each), "exit_code": None} for each in (1, 2)]
    assert table(tmp_path, jobs).splitlines() == ["run  overrides  exit", "1    b=1        -", "2    b=2        -"]
