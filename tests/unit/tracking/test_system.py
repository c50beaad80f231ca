"""What a run takes of its machine."""

import json
import os
from pathlib import Path

import psutil
import pytest
from mlflow import MlflowClient

from src.tracking import system as module
from src.tracking.snapshot import SYSTEM
from src.tracking.sync import sync
from src.tracking.system import System
from tests.made_up_run import make_run

GPUS = "#!/bin/sh\necho '37, 1024'\necho '0, 12'\n"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST", 0.0)


def lines(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / SYSTEM).read_text().splitlines()]


def test_a_line_tells_of_the_machine_and_the_process(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", status="running", ended=None, pid=os.getpid())
    system = System(folder)
    system.look()
    system.look()  # too early for another one
    (line,) = lines(folder)
    assert line["process_memory_megabytes"] == pytest.approx(psutil.Process().memory_info().rss / 1e6, rel=0.2)
    assert 0 <= line["cpu_utilization_percentage"] <= 100
    assert line["system_memory_usage_megabytes"] < psutil.virtual_memory().total / 1e6


def test_nothing_is_written_of_a_run_that_has_not_begun_or_has_ended(tmp_path: Path) -> None:
    for folder in (tmp_path, make_run(tmp_path / "run")):
        System(folder).look()
        assert not (folder / SYSTEM).exists()


def test_each_gpu_is_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nvidia-smi").write_text(GPUS)
    (tmp_path / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    folder = make_run(tmp_path / "run", status="running", ended=None, pid=os.getpid(), device="gpu")
    System(folder).look()
    (line,) = lines(folder)
    assert (line["gpu_0_utilization_percentage"], line["gpu_0_memory_usage_megabytes"]) == (37, 1024)
    assert line["gpu_1_memory_usage_megabytes"] == 12


def test_mlflow_has_them_as_system_metrics(
    client: MlflowClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.0)
    folder = make_run(tmp_path / "run", status="running", ended=None, pid=os.getpid())
    system = System(folder)
    system.look()
    system.look()
    record = sync(folder).record
    found = client.get_metric_history(record["run_id"], "system/process_memory_megabytes")
    assert [(each.step, each.value) for each in found] == [
        (step, line["process_memory_megabytes"]) for step, line in enumerate(lines(folder))
    ]
    assert len(found) == 2
