"""Real processes that a signal ends."""

import signal
from pathlib import Path

import pytest

from tests.short_run import ALWAYS, config_of, epochs_of, record_of, result_of, resume, run_in, start, wait_for

RECIPE = ("model.dropout=0.1", "model.norm=batch", "trainer.max_epochs=200", "trainer.early_stopping=null")


def stop(folder: Path, number: signal.Signals, *overrides: str) -> tuple[int, str]:
    """Exit code and what it said, of a run that is sent the signal after some epochs."""
    process = start("src.train", *ALWAYS, *RECIPE, *overrides, f"hydra.run.dir={folder.name}", cwd=folder.parent)
    wait_for(lambda: epochs_of(folder) > 5, process)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    return process.returncode, out + err


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("whole") / "run"
    run_in(folder, *RECIPE)
    return result_of(folder)


def test_kill_9_and_resumed_the_bytes_are_the_same(tmp_path: Path, whole: dict[str, bytes]) -> None:
    folder = tmp_path / "run"
    code, _ = stop(folder, signal.SIGKILL, "trainer.checkpoint_seconds=0.1")
    assert code == -signal.SIGKILL
    assert record_of(folder)["status"] == "running"
    assert epochs_of(folder) < 200
    resume(folder, config_of(*RECIPE, "trainer.checkpoint_seconds=0.1"))
    assert result_of(folder) == whole
    assert record_of(folder)["status"] == "finished"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_answered_with_a_checkpoint_and_its_exit_code(
    tmp_path: Path, whole: dict[str, bytes], number: signal.Signals
) -> None:
    folder = tmp_path / "run"
    code, said = stop(folder, number)
    assert code == 128 + number
    assert f"Stopped by signal {number:d} after" in said
    assert "Continue with: python -m src.train resume=run" in said
    assert "Traceback" not in said
    assert record_of(folder)["status"] == "killed"
    resume(folder, config_of(*RECIPE))
    assert result_of(folder) == whole
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
