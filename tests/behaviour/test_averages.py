"""Runs whose result is an average of the weights."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch.testing import assert_close

from src import averaging, checkpoint, plots, steps
from tests.short_run import config_of, killed_at, result_of, resume, run_in

RECIPE = (
    "dataset.columns.categorical=[island]",
    "model.hidden=[10,10]",
    "model.norm=batch",
    "model.dropout=0.2",
    "optimizer.lr=0.01",
    "scheduler=none",
    "trainer.max_epochs=6",
    "trainer.early_stopping=null",
    "trainer.checkpoint_seconds=0",
)
KINDS = {
    "ema": "trainer.ema={decay: 0.95}",
    "swa": "trainer.swa={start: 0.5}",
    "schedule_free": "optimizer=schedulefree_adamw",
}


@pytest.fixture(scope="module", autouse=True)
def short_chunks() -> Iterator[None]:
    """Three steps each; no pictures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plots, "_save", lambda *_: None)
        patch.setattr(steps, "CHUNK_STEPS", 3)
        yield


@pytest.fixture(scope="module", params=[*KINDS])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def whole(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(kind) / "run"
    run_in(folder, *RECIPE, KINDS[kind])
    return folder


@pytest.mark.parametrize("border", [1, 9, 16, 18, 23])
def test_killed_at_a_border_and_resumed_the_bytes_are_the_same(
    tmp_path: Path, kind: str, whole: Path, border: int
) -> None:
    with killed_at(border):
        run_in(tmp_path / "run", *RECIPE, KINDS[kind])
    resume(tmp_path / "run", config_of(*RECIPE, KINDS[kind]))
    assert result_of(tmp_path / "run") == result_of(whole)


def test_the_optimizer_moves_the_weights_as_without_an_average(tmp_path: Path, kind: str, whole: Path) -> None:
    if kind == "schedule_free":
        pytest.skip("its average is a part of its steps")
    run_in(tmp_path / "plain", *RECIPE)
    last, plain = (checkpoint.read(each / "checkpoints" / "last.ckpt") for each in (whole, tmp_path / "plain"))
    assert_close(last["weights"], plain["weights"], rtol=0, atol=0)


def test_what_is_validated_is_what_the_bundle_holds(whole: Path) -> None:
    history = [json.loads(line) for line in (whole / "history.jsonl").read_text().splitlines()]
    measured = json.loads((whole / "metrics.json").read_text())["validation"]
    assert measured["log_loss"] == pytest.approx(min(row["validation/loss"] for row in history), abs=1e-6)
    best, last = (checkpoint.read(whole / "checkpoints" / f"{name}.ckpt") for name in ("best", "last"))
    assert best["epoch"] > 3
    bundled = safetensors.torch.load_file(whole / "bundle" / "weights.safetensors")
    assert_close(bundled, best["weights"], rtol=0, atol=0)
    assert not bundled["layers.0.weight"].equal(last["weights"]["layers.0.weight"])
    if best["epoch"] == last["progress"]["epoch"]:
        assert bundled["layers.0.weight"].equal(last["averaging"]["average"][0])


def test_the_mean_over_the_last_epochs_is_the_mean_of_their_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[torch.Tensor] = []
    add = averaging.Averaging.add

    def noted(self: averaging.Averaging, share: float) -> None:
        seen.append(self.weights[0].detach().clone())
        add(self, share)

    monkeypatch.setattr(averaging.Averaging, "add", noted)
    run_in(tmp_path / "run", *RECIPE, KINDS["swa"])
    assert len(seen) == 3
    average = checkpoint.read(tmp_path / "run" / "checkpoints" / "last.ckpt")["averaging"]["average"]
    assert_close(average[0], torch.stack(seen).mean(0))
