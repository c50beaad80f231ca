"""Threads, precision and strategy of one process, without a GPU."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import torch

from src import steps
from src.fit import RUN_OF_FIRST_PROCESS
from src.recorder import Recorder
from tests.short_run import config_of, killed_at, record_of, result_of, resume, run_in

RECIPE = ("trainer.max_epochs=3", "model.dropout=0.1", "optimizer.lr=0.01")


@pytest.fixture(autouse=True)
def threads_as_before() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("threads", [1, 2])
def test_the_run_has_as_many_threads_as_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    seen = set[int]()
    monkeypatch.setattr(Recorder, "border", lambda *_: seen.add(torch.get_num_threads()))
    run_in(tmp_path / "run", *RECIPE, f"trainer.threads={threads}")
    assert seen == {threads}
    assert record_of(tmp_path / "run")["threads"] == threads


def test_a_small_network_gets_one_thread(tmp_path: Path) -> None:
    run_in(tmp_path / "run", *RECIPE)
    assert record_of(tmp_path / "run")["threads"] == 1


@pytest.mark.parametrize("precision", ["bf16", "16"])
def test_16_bits_train_to_about_the_same_place_with_weights_in_32_bits(tmp_path: Path, precision: str) -> None:
    plain = run_in(tmp_path / "plain", *RECIPE)
    coarse = run_in(tmp_path / "coarse", *RECIPE, f"trainer.precision={precision}", "model.categorical=embedding")
    assert coarse["test"]["log_loss"] == pytest.approx(plain["test"]["log_loss"], rel=0.05)
    assert coarse["test"]["log_loss"] != plain["test"]["log_loss"]
    assert record_of(tmp_path / "coarse")["precision"] == precision


@pytest.mark.parametrize("precision", ["bf16", "16"])
@pytest.mark.parametrize("norm", ["batch", "layer"])
def test_16_bits_go_with_every_norm(tmp_path: Path, norm: str, precision: str) -> None:
    metrics = run_in(tmp_path / "run", *RECIPE, f"trainer.precision={precision}", f"model.norm={norm}")
    assert metrics["test"]["accuracy"] > 0.5


@pytest.mark.parametrize("precision", ["bf16", "16"])
@pytest.mark.parametrize(
    "network",
    [
        ("linear",),
        ("resnet", "model.d_block=8"),
        ("tabm", "model.d_block=8", "model.members=4"),
        ("realmlp", "model.hidden=[8]"),
        ("ft_transformer", "model.d_block=8", "model.attention_n_heads=2", "model.n_blocks=1"),
    ],
    ids=lambda network: network[0],
)
def test_16_bits_go_with_every_network(tmp_path: Path, network: tuple[str, ...], precision: str) -> None:
    recipe = ("dataset.columns.categorical=[island]", "trainer.max_epochs=1", f"trainer.precision={precision}")
    metrics = run_in(tmp_path / "run", f"model={network[0]}", *network[1:], *recipe)
    assert metrics["test"]["log_loss"] < 5


@pytest.mark.parametrize("border", [1, 3, 6])
def test_killed_and_resumed_in_16_bits_the_bytes_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, border: int
) -> None:
    """The scale of the loss falls when a gradient overflows and rises after steps without; here after 5."""
    monkeypatch.setattr(steps, "CHUNK_STEPS", 4)
    monkeypatch.setattr(torch.amp, "GradScaler", partial(torch.amp.GradScaler, growth_interval=5))
    recipe = (*RECIPE, "trainer.precision=16", "trainer.gradient_clip=1.0", "trainer.checkpoint_seconds=0")
    run_in(tmp_path / "whole", *recipe)
    with killed_at(border):
        run_in(tmp_path / "run", *recipe)
    resume(tmp_path / "run", config_of(*recipe))
    assert result_of(tmp_path / "run") == result_of(tmp_path / "whole")


def test_ddp_of_a_single_process_gives_the_bytes_of_none(tmp_path: Path) -> None:
    run_in(tmp_path / "plain", *RECIPE)
    run_in(tmp_path / "ddp", *RECIPE, "trainer.devices=1", "trainer.strategy=ddp")
    assert result_of(tmp_path / "ddp") == result_of(tmp_path / "plain")


def test_a_run_leaves_no_trace_of_its_processes_in_the_environment(tmp_path: Path) -> None:
    before = dict(os.environ)
    run_in(tmp_path / "ddp", *RECIPE, "trainer.devices=1", "trainer.strategy=ddp")
    assert {name for name in os.environ if os.environ[name] != before.get(name)} <= {RUN_OF_FIRST_PROCESS}
