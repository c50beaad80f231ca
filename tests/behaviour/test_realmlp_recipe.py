"""Whole runs of RealMLP, with all that its recipe changes over the steps."""

from pathlib import Path

import pytest

from src import steps
from src.errors import ConfigError
from src.leakage import poison_test
from tests.short_run import config_of, killed_at, result_of, resume, run_in

SMALL = ("experiment=realmlp", "model.hidden=[32,32]", "trainer.batch_size=32", "trainer.max_epochs=12")
MIXED = ("dataset.columns.categorical=[island,sex]", "dataset.missing.indicator=true")


def test_it_learns_in_few_epochs(tmp_path: Path) -> None:
    assert run_in(tmp_path / "run", *SMALL, *MIXED)["test"]["accuracy"] > 0.95


def test_it_learns_numbers(tmp_path: Path) -> None:
    metrics = run_in(
        tmp_path / "run",
        *("experiment=realmlp_regression", *SMALL[1:], "trainer.max_epochs=40"),
        "dataset.columns.categorical=[species]",
        *("dataset.target=body_mass_g", "dataset.columns.numeric=[bill_length_mm,bill_depth_mm,flipper_length_mm]"),
        *("dataset.split.by=random", "dataset.where='body_mass_g is not null'"),
    )
    assert metrics["test"]["r2"] > 0.75


def test_label_smoothing_is_refused_for_numbers(tmp_path: Path) -> None:
    sentence = r"loss\.label_smoothing: 0\.1 of the truth cannot be spread over classes or labels, for the target 'yea"
    with pytest.raises(ConfigError, match=sentence):
        run_in(
            tmp_path / "run",
            *("loss.label_smoothing=0.1", "dataset.target=year", "dataset.task=regression", "dataset.split.by=random"),
        )


@pytest.mark.parametrize("border", [3, 8])
def test_killed_and_resumed_it_gives_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, border: int
) -> None:
    monkeypatch.setattr(steps, "CHUNK_STEPS", 3)
    schedules = "trainer.schedules={dropout: cosine, weight_decay: flat_cos, label_smoothing: linear}"
    recipe = (*SMALL, *MIXED, "trainer.max_epochs=4", "trainer.checkpoint_seconds=0", schedules)
    run_in(tmp_path / "whole", *recipe)
    with killed_at(border):
        run_in(tmp_path / "run", *recipe)
    resume(tmp_path / "run", config_of(*recipe))
    assert result_of(tmp_path / "run") == result_of(tmp_path / "whole")


def test_its_start_looks_at_train_rows_alone() -> None:
    assert "changes no byte of what is fitted, nor of the weights" in poison_test(config_of(*SMALL, *MIXED))
