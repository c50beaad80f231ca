"""Training with a program that torch.compile made."""

import json
import shutil
from pathlib import Path

import pytest

from src import compiled_steps, steps
from src.errors import MachineError
from tests.short_run import config_of, killed_at, result_of, resume, run_in, start
from tests.streamed_run import treat_as_large

needs_compiler = pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler")

RECIPE = (
    *("model.hidden=[16,8]", "model.norm=batch", "model.dropout=0.2", "trainer.max_epochs=2"),
    *("dataset.columns.categorical=[island]", "model.categorical=embedding", "trainer.checkpoint_seconds=0"),
    *("optimizer=adamw", "optimizer.lr=0.01", "optimizer.weight_decay=0.1", "optimizer.lr_factors={categorical: 0.5}"),
    *("loss=cross_entropy", "loss.class_weights=balanced", "trainer.gradient_clip=0.5", "trainer.ema={decay: 0.9}"),
    "trainer.schedules.weight_decay=cosine",
)


def history(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]


@needs_compiler
def test_a_program_gives_its_own_bytes_again_and_the_numbers_of_no_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "CHUNK_STEPS", 8)  # so that a run can be resumed within an epoch
    monkeypatch.setattr(compiled_steps, "BLOCK", 2)  # compiles in half the time
    recipe = (*RECIPE, "trainer.compile=true")
    run_in(tmp_path / "whole", *recipe)
    for border in (1, 3):
        folder = tmp_path / f"run-{border}"
        with killed_at(border):
            run_in(folder, *recipe)
        resume(folder, config_of(*recipe))
        assert result_of(folder) == result_of(tmp_path / "whole")
    run_in(tmp_path / "plain", *RECIPE)
    for mine, row in zip(history(tmp_path / "whole"), history(tmp_path / "plain"), strict=True):
        assert mine == pytest.approx(row, abs=1e-5)


@needs_compiler
def test_a_program_drops_what_was_drawn_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled_steps, "LARGEST_BLOCK", 2)
    recipe = (
        *("model.hidden=[4]", "model.norm=batch", "model.dropout=0.2", "trainer.max_epochs=1", "optimizer=sgd"),
        "dataset.columns.categorical=[island]",
    )
    run_in(tmp_path / "programs", *recipe, "trainer.compile=true")  # its masks were NaN, as all fresh memory is here
    run_in(tmp_path / "plain", *recipe)
    (mine,), (row,) = history(tmp_path / "programs"), history(tmp_path / "plain")
    assert mine == pytest.approx(row, abs=1e-5)


@needs_compiler
def test_two_processes_with_programs_give_the_numbers_of_one(tmp_path: Path) -> None:
    two = ("trainer=ddp_sim", "tracking=none", "trainer.compile=true", "hydra.run.dir=run")
    process = start("src.train", *RECIPE, *two, cwd=tmp_path)
    out, err = process.communicate(timeout=240)
    assert (process.returncode, err) == (0, ""), out
    run_in(tmp_path / "one", *RECIPE)
    for mine, row in zip(history(tmp_path / "run"), history(tmp_path / "one"), strict=True):
        assert mine == pytest.approx(row, abs=1e-5)


def test_without_a_compiler_it_is_an_error_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(MachineError, match=r"trainer.compile: required: a C\+\+ compiler, and no-such-compiler is no"):
        run_in(tmp_path / "run", *RECIPE, "trainer.compile=true")
    assert not (tmp_path / "run").exists()


@needs_compiler
@pytest.mark.parametrize(
    "overrides",
    [
        ("model=linear", "optimizer=sgd", "optimizer.momentum=0.9"),
        ("model=tabm", "model.d_block=8", "model.n_blocks=1", "model.members=3", "optimizer=adamw"),
        ("model=realmlp", "model.hidden=[8]", "optimizer=adam"),
        ("model=mlp", "model.hidden=[8]", "trainer.precision=bf16", "optimizer=adagrad"),
    ],
)
def test_programs_of_every_network_give_the_numbers_of_no_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overrides: tuple[str, ...]
) -> None:
    monkeypatch.setattr(compiled_steps, "LARGEST_BLOCK", 1)  # compiles in a fifth of the time
    monkeypatch.setattr(steps, "CHUNK_STEPS", 4)
    monkeypatch.setattr(compiled_steps, "BLOCK", 1)
    recipe = ("dataset.columns.categorical=[island]", "trainer.max_epochs=3", *overrides)
    run_in(tmp_path / "programs", *recipe, "trainer.compile=true")
    run_in(tmp_path / "plain", *recipe, "trainer.compile=false")
    for mine, row in zip(history(tmp_path / "programs"), history(tmp_path / "plain"), strict=True):
        assert mine == pytest.approx(row, abs=1e-2 if "trainer.precision=bf16" in overrides else 1e-5)


@needs_compiler
def test_programs_take_rows_from_the_disk_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled_steps, "BLOCK", 1)
    recipe = ("model.hidden=[4]", "trainer.max_epochs=2", "optimizer=sgd", "trainer.compile=true")
    for name, memory in (("held", 1 << 40), ("streamed", 0)):
        treat_as_large(monkeypatch, tmp_path / "cache", memory)
        run_in(tmp_path / name, *recipe)
    assert "each epoch reads them from the disk" in (tmp_path / "streamed/log.txt").read_text()
    assert history(tmp_path / "streamed") == history(tmp_path / "held")
