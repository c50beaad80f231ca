"""Threads, precision and strategy of one process, without a GPU."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from src.fit import RUN_OF_FIRST_PROCESS
from src.recorder import Recorder
from tests.short_run import record_of, result_of, run_in

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


def test_bf16_trains_to_about_the_same_place_with_weights_in_32_bits(tmp_path: Path) -> None:
    plain = run_in(tmp_path / "plain", *RECIPE)
    coarse = run_in(tmp_path / "coarse", *RECIPE, "trainer.precision=bf16", "model.categorical=embedding")
    assert coarse["test"]["log_loss"] == pytest.approx(plain["test"]["log_loss"], rel=0.05)
    assert coarse["test"]["log_loss"] != plain["test"]["log_loss"]
    assert record_of(tmp_path / "coarse")["precision"] == "bf16"


@pytest.mark.parametrize("norm", ["batch", "layer"])
def test_bf16_goes_with_every_norm(tmp_path: Path, norm: str) -> None:
    metrics = run_in(tmp_path / "run", *RECIPE, "trainer.precision=bf16", f"model.norm={norm}")
    assert metrics["test"]["accuracy"] > 0.5


def test_ddp_of_a_single_process_gives_the_bytes_of_none(tmp_path: Path) -> None:
    run_in(tmp_path / "plain", *RECIPE)
    run_in(tmp_path / "ddp", *RECIPE, "trainer.devices=1", "trainer.strategy=ddp")
    assert result_of(tmp_path / "ddp") == result_of(tmp_path / "plain")


def test_a_run_leaves_no_trace_of_its_processes_in_the_environment(tmp_path: Path) -> None:
    before = dict(os.environ)
    run_in(tmp_path / "ddp", *RECIPE, "trainer.devices=1", "trainer.strategy=ddp")
    assert {name for name in os.environ if os.environ[name] != before.get(name)} <= {RUN_OF_FIRST_PROCESS}
