"""How Lightning's calls and a training's epochs lie to one another."""

import json
from pathlib import Path

import pytest

from src.learner import Learner
from tests.short_run import run_in


def test_short_epochs_share_a_call_from_lightning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Epochs of 12 steps: a call goes on until 64 steps or more are made, and to the end of the training."""
    training_step = Learner.training_step
    called_at = []

    def noting(learner: Learner, call: int) -> None:
        called_at.append(learner.progress.step)
        training_step(learner, call)

    monkeypatch.setattr(Learner, "training_step", noting)
    run_in(tmp_path / "run", "model.hidden=[4]", "trainer.max_epochs=13", "trainer.early_stopping=null")
    assert called_at == [0, 72, 144]
    lines = (tmp_path / "run" / "history.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == [12 * epoch for epoch in range(1, 14)]


def test_a_long_epoch_takes_several_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr(Learner, "on_train_batch_start", lambda learner, *_: calls.append(learner.progress.step))
    run_in(tmp_path / "run", "model.hidden=[4]", "trainer.max_epochs=1", "trainer.batch_size=2")
    assert calls[:3] == [0, 64, 120]
