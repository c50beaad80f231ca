"""Stopped at any place and resumed: the same bytes as without a stop. The stops are raised where a kill would hit."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from src import checkpoint, plots, steps
from src.config.config import Config
from src.errors import ConfigError, DataError, MachineError, StoppedError
from src.pipeline import train
from src.recorder import Recorder
from src.signals import StopFlag
from tests.short_run import config_of, epochs_of, killed_at, record_of, result_of, resume, run_in, table_of

RECIPE = (
    "dataset.columns.categorical=[island]",
    "model.hidden=[10,10]",
    "model.norm=batch",
    "model.dropout=0.2",
    "scheduler=plateau",
    "scheduler.patience=1",
    "optimizer.lr=0.03",
    "trainer.early_stopping.patience=3",
    "trainer.max_epochs=20",
    "trainer.checkpoint_seconds=0",
)
CHUNKS = 4


@pytest.fixture(scope="module")
def config() -> Config:
    return config_of(*RECIPE)


@pytest.fixture(scope="module", autouse=True)
def short_chunks() -> Iterator[None]:
    """Three steps each, so that the twelve steps of an epoch have borders between them; and no pictures, which cost
    more time than the training."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plots, "_save", lambda *_: None)
        patch.setattr(steps, "CHUNK_STEPS", 12 // CHUNKS)
        yield


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the run that nothing stopped; early stopping ends it and the learning rate drops on the way."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    run_in(folder, *RECIPE)
    history = [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]
    assert 5 < len(history) < 20
    assert len({row["lr"] for row in history}) > 1
    return folder


def run_until(folder: Path, config: Config, border: int, written: bool) -> None:
    """Starts the run, or goes on with it, and kills it at its border number `border`, before or after the
    checkpoint is written there."""
    with killed_at(border, written):
        train(config, folder, resume=folder.exists())


@pytest.mark.parametrize("written", [True, False], ids=["after", "before"])
@pytest.mark.parametrize("border", [1, 2, 3, 4, 5, 7, 11, 16, 21, 24])
def test_killed_at_a_border_and_resumed_the_bytes_are_the_same(
    tmp_path: Path, config: Config, whole: Path, border: int, written: bool
) -> None:
    run_until(tmp_path / "run", config, border, written)
    resume(tmp_path / "run", config)
    assert result_of(tmp_path / "run") == result_of(whole)


def test_killed_after_every_few_borders_the_bytes_are_the_same(tmp_path: Path, config: Config, whole: Path) -> None:
    for border in (2, 5, 3, 7, 2):
        run_until(tmp_path / "run", config, border, written=border % 2 == 0)
    resume(tmp_path / "run", config)
    assert result_of(tmp_path / "run") == result_of(whole)


def test_killed_after_the_last_epoch_only_the_rest_is_done(tmp_path: Path, config: Config, whole: Path) -> None:
    run_until(tmp_path / "run", config, CHUNKS * epochs_of(whole), written=True)
    assert not (tmp_path / "run" / "bundle").exists()
    resume(tmp_path / "run", config)
    assert result_of(tmp_path / "run") == result_of(whole)
    best = checkpoint.read(tmp_path / "run" / "checkpoints" / "best.ckpt")
    assert best["epoch"] == checkpoint.read(whole / "checkpoints" / "best.ckpt")["epoch"]


def test_a_line_of_history_that_was_cut_off_is_written_again(tmp_path: Path, config: Config, whole: Path) -> None:
    run_until(tmp_path / "run", config, 2 * CHUNKS, written=True)
    with (tmp_path / "run" / "history.jsonl").open("a") as file:
        file.write('{"epoch": 3, "ste')
    resume(tmp_path / "run", config)
    assert result_of(tmp_path / "run") == result_of(whole)


def test_a_signal_leaves_a_checkpoint_and_a_killed_run(
    tmp_path: Path, config: Config, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flags: list[StopFlag] = []
    enter = StopFlag.__enter__

    def noted(flag: StopFlag) -> StopFlag:
        flags.append(flag)
        return enter(flag)

    with monkeypatch.context() as patch:
        patch.setattr(StopFlag, "__enter__", noted)
        patch.setattr(Recorder, "border", lambda *_: setattr(flags[-1], "number", 15))
        with pytest.raises(StoppedError, match=r"signal 15 after 6 steps.*resume=") as caught:
            run_in(tmp_path / "run", *RECIPE)
    assert caught.value.exit_code == 143
    record = record_of(tmp_path / "run")
    assert record["status"] == "killed"
    assert "signal 15" in record["error"]
    resume(tmp_path / "run", config)
    assert result_of(tmp_path / "run") == result_of(whole)
    record = record_of(tmp_path / "run")
    assert (record["status"], record["error"]) == ("finished", None)


def test_a_finished_run_is_left_as_it_is(config: Config, whole: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = result_of(whole)
    assert resume(whole, config) == {}
    assert "is finished; there is nothing to resume" in capsys.readouterr().out
    assert result_of(whole) == before


@pytest.fixture
def stopped(tmp_path: Path, config: Config) -> Path:
    folder = tmp_path / "run"
    run_until(folder, config, 6, written=True)
    return folder


def test_another_configuration_is_refused(stopped: Path) -> None:
    with pytest.raises(DataError, match="the data or the configuration is not what the run was started with"):
        resume(stopped, config_of(*RECIPE, "model.dropout=0.3"))


def test_another_configuration_is_refused_before_the_first_checkpoint(tmp_path: Path, config: Config) -> None:
    run_until(tmp_path / "run", config, 1, written=False)
    assert not (tmp_path / "run" / "checkpoints" / "last.ckpt").exists()
    with pytest.raises(DataError, match="is not what the run was started with"):
        resume(tmp_path / "run", config_of(*RECIPE, "seed=1"))


def test_another_remark_in_tracking_is_no_other_configuration(stopped: Path, whole: Path) -> None:
    resume(stopped, config_of(*RECIPE, "tracking.run_name=again"))
    assert result_of(stopped) == result_of(whole)


def test_other_data_are_refused(tmp_path: Path) -> None:
    x = [*range(60)]
    conf = table_of(tmp_path, {"y": ["a", "b"] * 30, "x": x})
    config = config_of("dataset=own", "trainer.checkpoint_seconds=0", config_dir=conf)
    run_until(tmp_path / "run", config, 2, written=True)
    table_of(tmp_path, {"y": ["a", "b"] * 30, "x": [*x[:-1], 99]})
    with pytest.raises(DataError, match=r"data.*is not what the run was started with.*dvc checkout"):
        resume(tmp_path / "run", config)


def test_a_damaged_checkpoint_is_refused(stopped: Path, config: Config) -> None:
    path = stopped / "checkpoints" / "last.ckpt"
    good = path.read_bytes()
    middle = len(good) // 2
    damaged = (b"", b"no checkpoint", good[:-100], good[:middle] + bytes([good[middle] ^ 1]) + good[middle + 1 :])
    for content in damaged:
        path.write_bytes(content)
        with pytest.raises(MachineError, match=r"last.ckpt is damaged or no checkpoint .*Restore the file or start a"):
            resume(stopped, config)
    path.write_bytes(good)


def test_a_history_that_lost_lines_is_refused(stopped: Path, config: Config) -> None:
    (stopped / "history.jsonl").unlink()
    with pytest.raises(MachineError, match=r"history.jsonl has 0 of the 1 epochs"):
        resume(stopped, config)


def test_a_damaged_record_is_refused(stopped: Path, config: Config) -> None:
    (stopped / "run.json").write_text("{")
    with pytest.raises(MachineError, match=r"run.json is damaged"):
        resume(stopped, config)


def test_a_run_in_use_is_refused_and_not_touched(stopped: Path) -> None:
    before = {path.name: path.read_bytes() for path in stopped.iterdir() if path.is_file()}
    with FileLock(stopped / ".lock"), pytest.raises(MachineError, match="in use by a run that is still going on"):
        resume(stopped, config_of(*RECIPE, "tracking=mlflow"))
    after = {path.name: path.read_bytes() for path in stopped.iterdir() if path.is_file()}
    assert after == before


def test_a_run_that_was_moved_is_resumed_where_it_is(stopped: Path, config: Config, whole: Path) -> None:
    shutil.move(stopped, stopped.with_name("moved"))
    resume(stopped.with_name("moved"), config)
    assert result_of(stopped.with_name("moved")) == result_of(whole)


def test_a_folder_without_a_run_is_refused(tmp_path: Path, config: Config) -> None:
    with pytest.raises(MachineError, match="no run there"):
        resume(tmp_path, config)


def test_a_second_run_into_the_folder_is_refused(stopped: Path) -> None:
    before = sorted(path.name for path in stopped.rglob("*"))
    with pytest.raises(ConfigError, match=r"the folder holds a run already, and nothing is written over"):
        run_in(stopped, *RECIPE)
    assert sorted(path.name for path in stopped.rglob("*")) == before
