"""Two CPU processes for one run: the numbers of one process, and nothing left behind."""

import json
import os
import signal
import subprocess
from pathlib import Path

import polars as pl
import pytest

from tests.short_run import epochs_of, record_of, run_in, start, wait_for

TWO = ("trainer=ddp_sim", "tracking=none")
RECIPE = (
    *("model.norm=batch", "model.dropout=0.2", "optimizer.lr=0.01", "trainer.max_epochs=3"),
    *("trainer.max_steps=30", "trainer.max_seconds=1000"),
)
MEMBERS = "model.ensemble=2"
AVERAGES = ("null", "{decay: 0.9}")


def others_of(process: subprocess.Popen[str]) -> list[int]:
    """Numbers of the processes that the process started."""
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [int(number) for number in listed.split()]


def is_there(number: int) -> bool:
    """A zombie is not."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_grid_of_two_processes_each_gives_the_numbers_of_one(tmp_path: Path) -> None:
    axis = f"trainer.ema={','.join(AVERAGES)}"
    grid = start("src.train", "-m", *TWO, *RECIPE, MEMBERS, axis, "hydra.sweep.dir=grid", cwd=tmp_path)
    out, err = grid.communicate(timeout=240)
    assert (grid.returncode, err) == (0, ""), out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["grid"]
    assert sorted(path.name for path in (tmp_path / "grid").iterdir()) == ["0", "1", "grid.json"]
    for job, average in enumerate(AVERAGES):
        folder, one = tmp_path / "grid" / str(job), tmp_path / f"one-{job}"
        run_in(one, *RECIPE, MEMBERS, f"trainer.ema={average}")
        assert record_of(folder)["processes"] == 2
        for mine, row in zip(rows_of(folder), rows_of(one), strict=True):
            assert mine == pytest.approx(row, abs=1e-6)
        metrics, expected = (json.loads((each / "metrics.json").read_text()) for each in (folder, one))
        for part in ("test", "validation"):
            assert metrics[part] == pytest.approx(expected[part], abs=1e-6)
        predictions, reference = (pl.read_parquet(each / "predictions.parquet") for each in (folder, one))
        assert predictions["row"].to_list() == reference["row"].to_list()
        assert len(predictions) == record_of(folder)["data"]["rows"]["test"]
        assert (folder / "log.txt").read_text().count("\ntrained") == 1


def rows_of(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]


def training(folder: Path) -> subprocess.Popen[str]:
    """A run of two processes that goes on for long, after its first epochs."""
    endless = ("trainer.max_epochs=1000000", "trainer.early_stopping=null", "trainer.checkpoint_seconds=0.2")
    process = start("src.train", *TWO, *endless, f"hydra.run.dir={folder.name}", cwd=folder.parent)
    wait_for(lambda: epochs_of(folder) > 2, process)
    return process


def test_sigterm_ends_both_processes_with_a_checkpoint(tmp_path: Path) -> None:
    process = training(tmp_path / "run")
    (other,) = others_of(process)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 143
    assert err.count("Stopped by signal 15") == 1
    assert "Traceback" not in err
    assert not is_there(other)
    assert record_of(tmp_path / "run")["status"] == "killed"
    assert (tmp_path / "run" / "checkpoints" / "last.ckpt").exists()


def test_a_process_that_is_lost_fails_the_run(tmp_path: Path) -> None:
    process = training(tmp_path / "run")
    (other,) = others_of(process)
    os.kill(other, signal.SIGKILL)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 4
    assert "another process of the run was lost" in err
    assert "resume=run" in err
    assert "Traceback" not in err
    assert record_of(tmp_path / "run")["status"] == "failed"
