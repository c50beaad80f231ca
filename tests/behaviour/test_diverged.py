from pathlib import Path

import pytest
import torch

from src import checkpoint
from src.command_line import run
from src.errors import DivergedError
from tests.short_run import ALWAYS, config_of, epochs_of, record_of, resume, run_in, table_of


def test_a_loss_that_is_no_number_ends_the_run_with_the_last_finite_weights(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    assert run([*ALWAYS, "optimizer.lr=1e30", f"hydra.run.dir={folder}"]) == 5
    said = capsys.readouterr().err
    assert said.startswith("Training diverged: ")
    assert "epoch 1" in said
    assert "optimizer.lr (now 1e+30)" in said
    assert "Traceback" not in said
    record = record_of(folder)
    assert record["status"] == "failed"
    assert record["error"] == said.strip()
    kept = checkpoint.read(folder / "checkpoints" / "last_finite.ckpt")
    assert kept["epoch"] == 0
    assert all(weight.isfinite().all() for weight in kept["weights"].values())
    assert not (folder / "bundle").exists()


def test_the_weights_that_are_kept_are_those_before_it_happened(tmp_path: Path) -> None:
    """The first epochs go well, then the warm-up raises the learning rate above what a linear network stands."""
    x = torch.linspace(-1, 1, 200)
    conf = table_of(tmp_path, {"y": (3 * x).tolist(), "x": x.tolist()})
    recipe = (
        "dataset=own",
        "model.hidden=[10,10]",
        "model.activation=identity",
        "optimizer=sgd",
        "optimizer.lr=3",
        "scheduler=none",
        "scheduler.warmup_epochs=20",
    )
    with pytest.raises(DivergedError, match=r"NaN or infinite in epoch \d+"):
        run_in(tmp_path / "run", *recipe, config_dir=conf)
    kept = checkpoint.read(tmp_path / "run" / "checkpoints" / "last_finite.ckpt")
    assert kept["epoch"] == epochs_of(tmp_path / "run") > 0
    assert all(weight.isfinite().all() for weight in kept["weights"].values())


def test_resuming_a_diverged_run_tells_the_same(tmp_path: Path) -> None:
    with pytest.raises(DivergedError):
        run_in(tmp_path / "run", "optimizer.lr=1e30")
    with pytest.raises(DivergedError, match=r"optimizer\.lr"):
        resume(tmp_path / "run", config_of("optimizer.lr=1e30"))


def test_a_target_of_huge_values_is_learned_in_standard_units(tmp_path: Path) -> None:
    x = torch.linspace(-1, 1, 200, dtype=torch.float64)
    conf = table_of(tmp_path, {"y": (3e20 * x + 1e21).tolist(), "x": x.tolist()})
    metrics = run_in(tmp_path / "run", "dataset=own", "optimizer.lr=0.01", config_dir=conf)
    assert metrics["test"]["r2"] > 0.95
