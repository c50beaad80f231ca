"""Rows that are read from the disk while training give the bytes of rows in memory."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from src import plots
from src.config.config import Config
from tests.short_run import config_of, killed_at, record_of, result_of, resume, run_in, start
from tests.streamed_run import treat_as_large

RECIPE = (
    "dataset.columns.categorical=[island]",
    "dataset.missing.indicator=true",
    "model.hidden=[10,10]",
    "model.norm=batch",
    "model.dropout=0.2",
    "optimizer.lr=0.03",
    "scheduler=none",
    "trainer.max_epochs=4",
    "trainer.checkpoint_seconds=0",
)
STREAMED = "more than is free: each epoch reads them from the disk"


@pytest.fixture(scope="module", autouse=True)
def no_pictures() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plots, "_save", lambda *_: None)
        yield


@pytest.fixture(scope="module")
def cached(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of what is prepared."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def streamed(cached: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    treat_as_large(monkeypatch, cached, memory=0)


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory, cached: Path) -> Path:
    """Folder of the run whose rows are in memory."""
    folder = tmp_path_factory.mktemp("held") / "run"
    with pytest.MonkeyPatch.context() as patch:
        treat_as_large(patch, cached, memory=1 << 40)
        run_in(folder, *RECIPE)
    assert STREAMED not in (folder / "log.txt").read_text()
    return folder


@pytest.mark.usefixtures("streamed")
def test_a_run_from_the_disk_gives_the_bytes_of_one_in_memory(tmp_path: Path, held: Path) -> None:
    run_in(tmp_path / "run", *RECIPE)
    assert STREAMED in (tmp_path / "run" / "log.txt").read_text()
    assert result_of(tmp_path / "run") == result_of(held)


@pytest.mark.usefixtures("streamed")
@pytest.mark.parametrize("border", [1, 6, 7])
def test_stopped_in_an_epoch_and_resumed_the_bytes_are_the_same(tmp_path: Path, held: Path, border: int) -> None:
    config = config_of(*RECIPE)
    kill_at(border, tmp_path / "run")
    resume(tmp_path / "run", config)
    assert result_of(tmp_path / "run") == result_of(held)


def test_started_in_memory_and_resumed_from_the_disk_the_bytes_are_the_same(
    tmp_path: Path, held: Path, cached: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    treat_as_large(monkeypatch, cached, memory=1 << 40)
    kill_at(6, tmp_path / "run")
    config: Config = config_of(*RECIPE)
    treat_as_large(monkeypatch, cached, memory=0)
    resume(tmp_path / "run", config)
    assert result_of(tmp_path / "run") == result_of(held)


def kill_at(border: int, folder: Path) -> None:
    """Starts the run and kills it after the checkpoint of its border number `border`, of four in each epoch."""
    with killed_at(border):
        run_in(folder, *RECIPE)


def test_two_processes_that_read_from_the_disk_give_the_numbers_of_one(tmp_path: Path, held: Path) -> None:
    two = start("tests.streamed_run", "trainer=ddp_sim", "tracking=none", *RECIPE, "hydra.run.dir=run", cwd=tmp_path)
    out, err = two.communicate(timeout=240)
    assert (two.returncode, err) == (0, ""), out
    assert STREAMED in out
    assert record_of(tmp_path / "run")["processes"] == 2
    history, expected = ((each / "history.jsonl").read_text().splitlines() for each in (tmp_path / "run", held))
    for line, other in zip(history, expected, strict=True):
        assert json.loads(line) == pytest.approx(json.loads(other), abs=1e-6)
    metrics, reference = (json.loads((each / "metrics.json").read_text()) for each in (tmp_path / "run", held))
    for part in ("test", "validation"):
        assert metrics[part] == pytest.approx(reference[part], abs=1e-6)
