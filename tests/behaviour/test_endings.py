"""Runs that end before their last epoch."""

import json
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from src import ending, plots, steps
from tests.short_run import config_of, killed_at, record_of, result_of, resume, run_in

RECIPE = ("model.dropout=0.2", "optimizer.lr=0.01", "scheduler=none", "trainer.checkpoint_seconds=0")
CHUNKS = 4
"""Of an epoch, with three steps each."""


@pytest.fixture(autouse=True)
def short_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plots, "_save", lambda *_: None)
    monkeypatch.setattr(steps, "CHUNK_STEPS", 3)


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that goes on by a second whenever somebody looks: after each chunk, and for each checkpoint."""
    ticks = count(0.0)
    monkeypatch.setattr(ending, "monotonic", lambda: next(ticks))


def history(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]


def ended_by(folder: Path) -> tuple[str, str]:
    record = record_of(folder)
    return record["status"], record["ended_by"]


@pytest.mark.usefixtures("ticking")
def test_time_that_is_up_in_the_first_epoch_ends_it_with_the_weights_of_that_moment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    metrics = run_in(tmp_path / "run", *RECIPE, "trainer.max_seconds=3")
    [row] = history(tmp_path / "run")
    assert (row["epoch"], row["step"]) == (1, 6)
    assert ended_by(tmp_path / "run") == ("finished", "max_seconds")
    assert "1 epochs in " in (said := capsys.readouterr().out)
    assert "ended by max_seconds; the weights of epoch 1 are kept" in said
    assert ", at most 3 s" in said
    assert metrics["validation"]["log_loss"] == pytest.approx(row["validation/loss"], abs=1e-6)
    run_in(tmp_path / "steps", *RECIPE, "trainer.max_steps=6")
    assert result_of(tmp_path / "steps") == result_of(tmp_path / "run")


@pytest.mark.usefixtures("ticking")
def test_time_that_is_up_later_leaves_the_best_epoch(tmp_path: Path) -> None:
    run_in(tmp_path / "run", *RECIPE, "trainer.max_seconds=22")
    rows = history(tmp_path / "run")
    assert len(rows) > 2
    assert rows[-1]["step"] < 12 * len(rows)
    bundle = json.loads((tmp_path / "run" / "bundle" / "bundle.json").read_text())
    assert bundle["facts"]["validation"]["validation/loss"] == min(row["validation/loss"] for row in rows)


@pytest.mark.usefixtures("ticking")
@pytest.mark.parametrize("border", [1, 5, 8])
def test_time_used_before_a_kill_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, border: int
) -> None:
    recipe = (*RECIPE, "trainer.max_seconds=22")
    run_in(tmp_path / "whole", *recipe)
    with killed_at(border):
        run_in(tmp_path / "run", *recipe)
    ticks = count(1000.0)
    monkeypatch.setattr(ending, "monotonic", lambda: next(ticks))
    resume(tmp_path / "run", config_of(*recipe))
    assert result_of(tmp_path / "run") == result_of(tmp_path / "whole")
    assert ended_by(tmp_path / "run") == ("finished", "max_seconds")


@pytest.mark.parametrize("steps", [1, 7, 12, 20])
def test_a_training_ends_after_as_many_steps_as_are_wanted(tmp_path: Path, steps: int) -> None:
    run_in(tmp_path / "run", *RECIPE, f"trainer.max_steps={steps}")
    rows = history(tmp_path / "run")
    assert [row["step"] for row in rows] == [*range(12, steps, 12), steps]
    assert ended_by(tmp_path / "run") == ("finished", "max_steps")


def test_an_epoch_that_the_limits_do_not_cut_is_the_same_without_them(tmp_path: Path) -> None:
    run_in(tmp_path / "whole", *RECIPE, "trainer.max_epochs=2")
    run_in(tmp_path / "run", *RECIPE, "trainer.max_steps=24", "trainer.max_seconds=1000")
    assert result_of(tmp_path / "run") == result_of(tmp_path / "whole")
    assert ended_by(tmp_path / "whole") == ("finished", "max_epochs")


def test_killed_in_an_epoch_that_is_cut_short_and_resumed_the_bytes_are_the_same(tmp_path: Path) -> None:
    recipe = (*RECIPE, "trainer.max_steps=20")
    run_in(tmp_path / "whole", *recipe)
    with killed_at(CHUNKS + 2):
        run_in(tmp_path / "run", *recipe)
    resume(tmp_path / "run", config_of(*recipe))
    assert result_of(tmp_path / "run") == result_of(tmp_path / "whole")


def test_patience_that_grows_with_the_best_epoch_trains_on(tmp_path: Path) -> None:
    hasty = ("optimizer.lr=0.05", "trainer.early_stopping.patience=2")
    run_in(tmp_path / "plain", *RECIPE, *hasty)
    run_in(tmp_path / "growing", *RECIPE, *hasty, "trainer.early_stopping.growth=1.0")
    plain, growing = history(tmp_path / "plain"), history(tmp_path / "growing")
    assert ended_by(tmp_path / "plain") == ("finished", "early_stopping")
    assert growing[: len(plain)] == plain
    losses = [row["validation/loss"] for row in growing]
    assert len(growing) == min(50, 2 * (1 + losses.index(min(losses))))
    assert len(growing) > len(plain)
