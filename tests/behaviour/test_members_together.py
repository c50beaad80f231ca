"""The members of an ensemble, trained side by side: each as it is by itself, and resumed to the last bit."""

import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from src import checkpoint, grouping, plots
from src.config.config import Config
from src.errors import DivergedError, StoppedError
from src.learner import Learner
from src.pipeline import train
from src.recorder import Recorder
from tests.short_run import config_of, killed_at, record_of, result_of, resume, run_in, table_of

RECIPE = (
    *("dataset=own", "model.hidden=[6]", "model.ensemble=3", "trainer.compile=false", "trainer.checkpoint_seconds=0"),
    *("trainer.max_epochs=9", "trainer.batch_size=32"),
)
KINDS = {
    "classes": (
        *("dataset.target=kind", "model.dropout=0.2", "optimizer.lr=0.1", "scheduler=none"),
        "trainer.early_stopping.patience=1",
    ),
    "numbers": (
        *("dataset.target=value", "loss=huber", "optimizer=adamw", "optimizer.lr=0.5", "trainer.ema={decay: 0.5}"),
        *("scheduler=plateau", "scheduler.patience=1", "trainer.early_stopping.patience=2"),
        "trainer.schedules.weight_decay=cosine",
    ),
}
SAME = 1e-5
"""What the numbers of a member may differ from those that it has by itself."""


@pytest.fixture(scope="module", autouse=True)
def from_two_members_on() -> Iterator[None]:
    """And no pictures, which cost more time than the training."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plots, "_save", lambda *_: None)
        patch.setattr(grouping, "_FEWEST", 2)
        yield


@pytest.fixture(scope="module")
def conf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    x1, x2, noise = np.random.default_rng(0).normal(size=(3, 200))
    kinds = [("low", "mid", "top")[k] for k in np.digitize(x1 + noise, [-0.5, 0.7])]
    value = (20 + 3 * x1 - x2 + 2 * noise).tolist()
    weight = np.random.default_rng(2).uniform(0.5, 2, 200).tolist()
    columns = {"kind": kinds, "value": value, "x1": x1.tolist(), "x2": x2.tolist(), "weight": weight}
    return table_of(tmp_path_factory.mktemp("table"), columns, columns={"numeric": ["x1", "x2"]})


@pytest.fixture(scope="module", params=KINDS)
def recipe(request: pytest.FixtureRequest) -> tuple[str, ...]:
    return (*RECIPE, *KINDS[request.param])


@pytest.fixture(scope="module")
def config(recipe: tuple[str, ...], conf: Path) -> Config:
    return config_of(*recipe, config_dir=conf)


@pytest.fixture(scope="module")
def whole(recipe: tuple[str, ...], conf: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a run that nothing stopped; its members end in different epochs."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    run_in(folder, *recipe, config_dir=conf)
    assert len({*epochs_of(folder)}) > 1
    return folder


def lines_of(folder: Path, member: int) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]
    return [row for row in rows if row["member"] == member]


def epochs_of(folder: Path) -> list[int]:
    return [len(lines_of(folder, member)) for member in range(3)]


def assert_as_by_themselves(folder: Path, recipe: tuple[str, ...], conf: Path) -> None:
    """The members of the run in `folder`, beside those of the same recipe that are trained one after another."""
    in_turn = folder.with_name("in_turn")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grouping, "members_together", lambda *_: False)
        run_in(in_turn, *recipe, config_dir=conf)
    for member in range(config_of(*recipe, config_dir=conf).model.ensemble):
        rows, own_rows = lines_of(folder, member), lines_of(in_turn, member)
        assert len(rows) == len(own_rows) > 0
        for row, own in zip(rows, own_rows, strict=True):
            assert row == pytest.approx(own, abs=SAME)
    weights, own_weights = (load_file(each / "bundle/weights.safetensors") for each in (folder, in_turn))
    torch.testing.assert_close(weights, own_weights, atol=SAME, rtol=SAME)
    metrics, own_metrics = (json.loads((each / "metrics.json").read_text()) for each in (folder, in_turn))
    for part in ("test", "validation"):
        assert metrics[part] == pytest.approx(own_metrics[part], abs=SAME)


def test_each_member_is_what_it_is_by_itself(whole: Path, recipe: tuple[str, ...], conf: Path) -> None:
    assert record_of(whole)["members_together"]
    assert_as_by_themselves(whole, recipe, conf)


@pytest.mark.parametrize("written", [True, False], ids=["after", "before"])
@pytest.mark.parametrize("border", [2, -1, 0])
def test_killed_after_an_epoch_and_resumed_the_bytes_are_the_same(
    tmp_path: Path, config: Config, whole: Path, border: int, written: bool
) -> None:
    """Border 0 is that of the end, -1 that of the last epoch, when other members have ended."""
    at = border if border > 0 else border + max(epochs_of(whole)) + 1
    with killed_at(at, written):
        train(config, tmp_path / "run")
    resume(tmp_path / "run", config)
    assert result_of(tmp_path / "run") == result_of(whole)


def test_stopped_again_and_again_the_bytes_are_the_same(
    tmp_path: Path, config: Config, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, say = tmp_path / "run", Recorder.epoch_ended

    def stopping(recorder: Recorder, row: dict[str, float]) -> None:
        say(recorder, row)
        if recorder.member == 0 or min(epochs_of(folder)) < row["epoch"] - 1:  # 0 may have ended
            signal.raise_signal(signal.SIGTERM)

    with monkeypatch.context() as patch:
        patch.setattr(Recorder, "epoch_ended", stopping)
        for _ in range(3):
            with pytest.raises(StoppedError, match=r"signal 15 after \d+ steps\. Continue with: .*resume="):
                train(config, folder, resume=folder.exists())
    assert record_of(folder)["status"] == "killed"
    resume(folder, config)
    assert result_of(folder) == result_of(whole)


def test_a_run_goes_on_as_it_began_whatever_pays_now(
    tmp_path: Path, config: Config, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with killed_at(2):
        train(config, tmp_path / "run")
    monkeypatch.setattr(grouping, "_FEWEST", 100)
    resume(tmp_path / "run", config)
    assert result_of(tmp_path / "run") == result_of(whole)


def test_the_run_tells_of_all_its_members(whole: Path) -> None:
    said, card = (whole / "log.txt").read_text(), (whole / "bundle" / "README.md").read_text()
    assert "ensemble of 3 members, trained side by side with seeds of their own: each mlp" in said
    assert f"trained     3 members, {sum(epochs_of(whole))} epochs in " in said
    assert "Network: the mean of 3 that differ in their seed only, each mlp, " in card
    best = [checkpoint.read(whole / "checkpoints" / f"member_{member}_best.ckpt")["epoch"] for member in range(3)]
    assert f"the weights of epochs {best[0]}, {best[1]}, {best[2]} are kept" in said
    assert sorted(path.name for path in (whole / "checkpoints").glob("*last*")) == ["last.ckpt"]
    curves = (whole / "plots" / "learning_curves.csv").read_text().splitlines()
    place = curves[0].split(",").index("member")
    members = [line.split(",")[place] for line in curves[1:]]
    assert members == sorted(members)


@pytest.mark.parametrize("signalled", [False, True], ids=["by itself", "and a signal comes"])
def test_one_that_diverges_ends_the_run(
    tmp_path: Path, conf: Path, monkeypatch: pytest.MonkeyPatch, signalled: bool
) -> None:
    divergence = Learner.divergence

    def diverging(learner: Learner, what: str) -> DivergedError:
        if signalled and not learner.stop.number:  # a second one kills
            signal.raise_signal(signal.SIGTERM)
        return divergence(learner, what)

    monkeypatch.setattr(Learner, "divergence", diverging)
    recipe = (*RECIPE, "dataset.target=value", "optimizer=sgd", "optimizer.lr=1e18", "model.activation=identity")
    with pytest.raises(DivergedError, match="became NaN or infinite in epoch 1"):
        run_in(tmp_path / "run", *recipe, config_dir=conf)
    kept = [*(tmp_path / "run" / "checkpoints").glob("member_*_last_finite.ckpt")]
    assert len(kept) == 1
    assert all(weight.isfinite().all() for weight in checkpoint.read(kept[0])["weights"].values())
    assert not (tmp_path / "run" / "checkpoints" / "last.ckpt").exists()
    assert record_of(tmp_path / "run")["status"] == "failed"


@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler")
def test_programs_give_the_same_and_their_own_bytes_again(tmp_path: Path, conf: Path) -> None:
    recipe = (
        *(*RECIPE, *KINDS["classes"], "model.ensemble=2", "trainer.compile=true", "trainer.max_epochs=4"),
        *("dataset.weight=weight", "optimizer=adamw"),
    )
    run_in(tmp_path / "whole", *recipe, config_dir=conf)
    said = (tmp_path / "whole" / "log.txt").read_text()
    assert "trained side by side" in said
    assert ", steps compiled, seed 0" in said
    config = config_of(*recipe, config_dir=conf)
    with killed_at(2):
        train(config, tmp_path / "run")
    resume(tmp_path / "run", config)
    assert result_of(tmp_path / "run") == result_of(tmp_path / "whole")
    assert_as_by_themselves(tmp_path / "whole", (*recipe, "trainer.compile=false"), conf)
