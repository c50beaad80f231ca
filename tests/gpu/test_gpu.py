"""Runs on a CUDA device: pytest -m gpu."""

import json
from pathlib import Path

import pytest
import torch

from src import steps
from src.config.compose import compose
from src.config.config import Config
from src.fit import Metrics
from src.pipeline import train
from tests.short_run import killed_at, record_of, result_of

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
]

RECIPE = (
    "tracking=none",
    "trainer.accelerator=gpu",
    "dataset.columns.categorical=[island,sex]",
    "optimizer.lr=0.01",
    "trainer.max_epochs=5",
    "trainer.checkpoint_seconds=0",
)


def config_of(*overrides: str) -> Config:
    return compose([*RECIPE, *overrides]).config


def history(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]


def test_the_gpu_is_chosen_by_itself(tmp_path: Path) -> None:
    train(config_of("trainer.accelerator=auto"), tmp_path / "run")
    assert record_of(tmp_path / "run")["device"] == "gpu"


@pytest.mark.parametrize("norm", ["none", "layer"])
def test_the_gpu_gives_the_numbers_of_the_cpu(tmp_path: Path, norm: str) -> None:
    """Without dropout, whose masks a GPU draws in another way."""
    on_gpu = train(config_of(f"model.norm={norm}"), tmp_path / "gpu")
    on_cpu = train(config_of(f"model.norm={norm}", "trainer.accelerator=cpu"), tmp_path / "cpu")
    for mine, reference in zip(history(tmp_path / "gpu"), history(tmp_path / "cpu"), strict=True):
        assert mine == pytest.approx(reference, abs=1e-4)
    for part in ("test", "validation"):
        assert on_gpu[part] == pytest.approx(on_cpu[part], abs=1e-4)


ORDER = ("dataset.classes=[Adelie,Chinstrap,Gentoo]", "trainer.monitor=average_precision")
NUMBER = (
    "dataset.target=flipper_length_mm",
    "dataset.where='flipper_length_mm is not null'",
    "dataset.columns.numeric=[bill_length_mm,bill_depth_mm]",
    "dataset.split.by=random",
)


@pytest.mark.parametrize(
    "overrides",
    [("loss=coral", *ORDER), ("loss=corn", *ORDER), *((f"loss={name}", *NUMBER) for name in ("quantile", "poisson"))],
    ids=lambda overrides: overrides[0],
)
def test_losses_with_outputs_of_their_own_give_the_numbers_of_the_cpu(
    tmp_path: Path, overrides: tuple[str, ...]
) -> None:
    train(config_of(*overrides), tmp_path / "gpu")
    train(config_of(*overrides, "trainer.accelerator=cpu"), tmp_path / "cpu")
    for mine, reference in zip(history(tmp_path / "gpu"), history(tmp_path / "cpu"), strict=True):
        assert mine == pytest.approx(reference, rel=1e-3, abs=1e-4)


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("first", "second"):
        train(config_of("model.dropout=0.2", "model.norm=batch", "model.categorical=embedding"), tmp_path / name)
    assert result_of(tmp_path / "first") == result_of(tmp_path / "second")


@pytest.mark.parametrize("border", [1, 2, 4, 6, 9])
def test_killed_and_resumed_the_bytes_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, border: int
) -> None:
    monkeypatch.setattr(steps, "CHUNK_STEPS", 5)
    config = config_of("model.dropout=0.2", "model.norm=batch", "scheduler=plateau", "scheduler.patience=1")
    train(config, tmp_path / "whole")
    with killed_at(border):
        train(config, tmp_path / "run")
    train(config, tmp_path / "run", resume=True)
    assert result_of(tmp_path / "run") == result_of(tmp_path / "whole")


@pytest.mark.parametrize("precision", ["bf16", "16"])
def test_16_bits_train_to_about_the_same_place(tmp_path: Path, precision: str) -> None:
    plain: Metrics = train(config_of(), tmp_path / "plain")
    coarse = train(config_of(f"trainer.precision={precision}"), tmp_path / "coarse")
    assert coarse["test"]["log_loss"] == pytest.approx(plain["test"]["log_loss"], rel=0.1)


def test_parts_of_a_batch_give_the_numbers_of_the_whole(tmp_path: Path) -> None:
    whole = train(config_of("model.dropout=0.2"), tmp_path / "whole")
    parts = train(config_of("model.dropout=0.2", "trainer.accumulate=3"), tmp_path / "parts")
    assert parts["test"] == pytest.approx(whole["test"], abs=1e-5)


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop", "adagrad"])
def test_steps_started_as_a_graph_give_the_numbers_of_single_ones(tmp_path: Path, optimizer: str) -> None:
    recipe = (f"optimizer={optimizer}", "trainer.gradient_clip=1.0", "trainer.ema={decay:0.9}")
    for name, compiled in (("graph", "true"), ("single", "false")):
        train(config_of(*recipe, f"trainer.compile={compiled}"), tmp_path / name)
    for mine, reference in zip(history(tmp_path / "graph"), history(tmp_path / "single"), strict=True):
        assert mine == pytest.approx(reference, rel=1e-3, abs=1e-4)


def test_a_graph_killed_and_resumed_gives_the_same_bytes(tmp_path: Path) -> None:
    config = config_of("trainer.compile=true", "model.dropout=0.2", "optimizer=rmsprop")
    train(config, tmp_path / "whole")
    with killed_at(border=3):
        train(config, tmp_path / "run")
    train(config, tmp_path / "run", resume=True)
    assert result_of(tmp_path / "run") == result_of(tmp_path / "whole")
