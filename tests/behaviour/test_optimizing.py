"""Whole runs with what an optimizer can do beside its steps."""

import json
from pathlib import Path

import pytest

from src import steps
from src.errors import ConfigError
from tests.short_run import config_of, killed_at, result_of, resume, run_in

RECIPE = ("trainer.max_epochs=3", "scheduler=cosine", "scheduler.warmup_epochs=0.5")


def test_a_factor_of_the_learning_rate_holds_all_along_the_schedule(tmp_path: Path) -> None:
    run_in(tmp_path / "half", *RECIPE, "optimizer.lr=0.02", "optimizer.lr_factors={layers: 0.5}")
    run_in(tmp_path / "whole", *RECIPE, "optimizer.lr=0.01")
    half, whole = (result_of(tmp_path / name) for name in ("half", "whole"))
    assert half["bundle/weights.safetensors"] == whole["bundle/weights.safetensors"]
    rates = [[json.loads(line)["lr"] for line in each["history.jsonl"].splitlines()] for each in (half, whole)]
    assert rates[0] == [2 * rate for rate in rates[1]]


@pytest.mark.parametrize("border", [2, 9])
def test_killed_and_resumed_muon_gives_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, border: int
) -> None:
    monkeypatch.setattr(steps, "CHUNK_STEPS", 3)
    recipe = (*RECIPE, "optimizer=muon", "model.hidden=[8,8,8]", "trainer.checkpoint_seconds=0")
    run_in(tmp_path / "whole", *recipe)
    with killed_at(border):
        run_in(tmp_path / "run", *recipe)
    resume(tmp_path / "run", config_of(*recipe))
    assert result_of(tmp_path / "run") == result_of(tmp_path / "whole")


def test_a_part_that_the_network_has_not_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"lr_factors.categorical: the network has no such part; there are bias, lay"):
        run_in(tmp_path / "run", "optimizer.lr_factors={categorical: 0.5, bias: 2.0}")
    assert not (tmp_path / "run").exists()
