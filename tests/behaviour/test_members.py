"""Networks with seeds of their own, trained one after the other, that answer together."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.testing import assert_close

from src import plots, steps
from src.batches import seed_of
from src.errors import DataError, MachineError, StoppedError
from src.heads.head import Prediction
from src.inference import Predictor
from src.metrics.evaluate import evaluate
from src.outputs import predicted
from src.pipeline import train
from src.recorder import Recorder
from src.run_folder import RunFolder
from tests.short_run import config_of, killed_at, record_of, result_of, resume, run_in, table_of

RECIPE = (
    "dataset.columns.categorical=[island]",
    "model.hidden=[10,10]",
    "model.norm=batch",
    "model.dropout=0.2",
    "optimizer.lr=0.1",
    "scheduler=none",
    "trainer.early_stopping.patience=1",
    "trainer.max_epochs=6",
    "trainer.checkpoint_seconds=0",
)
THREE = (*RECIPE, "model.ensemble=3")


@pytest.fixture(scope="module", autouse=True)
def two_chunks() -> Iterator[None]:
    """An epoch has a border inside; and no pictures, which cost more time than the training."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plots, "_save", lambda *_: None)
        patch.setattr(steps, "CHUNK_STEPS", 6)
        yield


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a run with three members that nothing stopped."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    run_in(folder, *THREE)
    return folder


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("single") / "run"
    run_in(folder, *RECIPE)
    return folder


def history_of(folder: Path, member: int | None = None) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]
    return [row for row in rows if member is None or row.pop("member") == member]


def weights_of(folder: Path, member: int) -> dict[str, Tensor]:
    stored = load_file(folder / "bundle" / "weights.safetensors")
    prefix = f"{member}."
    return {key.removeprefix(prefix): value for key, value in stored.items() if key.startswith(prefix)}


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(one[key].equal(other[key]) for key in one)


def bundle_json(folder: Path) -> dict[str, Any]:
    described: dict[str, Any] = json.loads((folder / "bundle" / "bundle.json").read_text())
    return described


def test_the_first_member_is_the_run_without_others_to_the_bit(whole: Path, single: Path) -> None:
    assert same(weights_of(whole, 0), load_file(single / "bundle" / "weights.safetensors"))
    assert history_of(whole, 0) == history_of(single)


def test_each_member_is_the_run_with_its_seed_to_the_bit(whole: Path, tmp_path: Path, single: Path) -> None:
    assert seed_of(0, 1) != seed_of(0, 2) != seed_of(1, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("src.batches.seed_of", lambda seed, _: seed_of(seed, 2))
        run_in(tmp_path / "run", *RECIPE)
    assert same(weights_of(whole, 2), load_file(tmp_path / "run" / "bundle" / "weights.safetensors"))
    assert not same(weights_of(whole, 2), load_file(single / "bundle" / "weights.safetensors"))


def test_more_members_change_nothing_of_the_first_ones(whole: Path, tmp_path: Path) -> None:
    run_in(tmp_path / "run", *RECIPE, "model.ensemble=2")
    for member in (0, 1):
        assert same(weights_of(tmp_path / "run", member), weights_of(whole, member))
        assert history_of(tmp_path / "run", member) == history_of(whole, member)


def test_early_stopping_ends_each_member_for_itself(whole: Path) -> None:
    epochs = [len(history_of(whole, member)) for member in range(3)]
    assert len(set(epochs)) > 1
    for member in range(3):
        rows = history_of(whole, member)
        assert [row["epoch"] for row in rows] == [*range(1, len(rows) + 1)]


def test_the_ensemble_answers_with_the_mean_of_its_members_probabilities(whole: Path) -> None:
    predictor = Predictor.load(whole / "bundle")
    output = predictor.features.output
    x = predictor.features.encode(pl.read_csv("data/penguins.csv", null_values="NA"))
    with torch.no_grad():
        answers = predictor.bundle.network(*x)
    assert answers.shape == (344, 3, 3)
    mean = torch.stack([predicted(answer, output).probability for answer in answers.unbind(1)]).mean(0)
    assert_close(predictor.predict_encoded(*x).probability, mean, rtol=1e-5, atol=1e-7)
    table = pl.read_parquet(whole / "predictions.parquet")
    columns = [f"probability_{name}" for name in output.classes]
    rows = torch.tensor(table["row"].to_list()) - 1
    assert_close(torch.from_numpy(table.select(columns).to_numpy()), mean[rows], rtol=1e-5, atol=1e-7)
    truth = torch.tensor([output.classes.index(name) for name in table["truth"]])
    metrics = json.loads((whole / "metrics.json").read_text())
    predicted_rows = Prediction(mean.argmax(1)[rows], mean[rows])
    assert metrics["test"] == pytest.approx(evaluate(predicted_rows, truth, output), abs=1e-6)


@pytest.mark.parametrize("model", [("model=mlp",), ("model=tabm", "model.members=3", "model.d_block=8")], ids=str)
def test_an_ensemble_of_a_regression_answers_with_the_mean_of_its_members_values(
    tmp_path: Path, model: tuple[str, ...]
) -> None:
    x = [0.1 * row for row in range(60)]
    conf = table_of(tmp_path, {"y": [3 * value - 2 for value in x], "x": x})
    run_in(tmp_path / "run", "dataset=own", *model, "model.ensemble=2", "trainer.max_epochs=2", config_dir=conf)
    predictor = Predictor.load(tmp_path / "run" / "bundle")
    rows = predictor.features.encode(pl.DataFrame({"x": x}))
    with torch.no_grad():
        answers = predictor.bundle.network(*rows)
    values = [predicted(answer, predictor.features.output).point for answer in answers.unbind(1)]
    assert len(values) == 2 * (3 if "model=tabm" in model else 1)
    assert not values[0].allclose(values[1])
    assert_close(predictor.predict_encoded(*rows).point, torch.stack(values).mean(0), rtol=1e-5, atol=1e-6)


def test_the_run_and_its_card_tell_how_many_members_there_are(whole: Path) -> None:
    said, card = (whole / "log.txt").read_text(), (whole / "bundle" / "README.md").read_text()
    epochs = [len(history_of(whole, member)) for member in range(3)]
    losses = [min(row["validation/loss"] for row in history_of(whole, member)) for member in range(3)]
    best = [1 + [row["validation/loss"] for row in history_of(whole, m)].index(losses[m]) for m in range(3)]
    assert "network     ensemble of 3 members, trained one after the other with seeds of their own: each mlp" in said
    assert f"member 2    the weights of epoch {best[2]} are kept: validation loss {losses[2]:.4g}" in said
    assert f"trained     3 members, {sum(epochs)} epochs in " in said
    assert f"the weights of epochs {best[0]}, {best[1]}, {best[2]} are kept" in said
    assert "Network: the mean of 3 that differ in their seed only, each mlp, " in card
    shown = ", ".join(f"{loss:.4g}" for loss in losses)
    assert f"validation/loss: {sum(losses) / 3:.4g} on average over the members ({shown})" in card
    facts = bundle_json(whole)["facts"]
    assert [each["validation/loss"] for each in facts["members"]] == losses
    assert record_of(whole)["name"] == "penguins 3 x mlp [10, 10]"


def test_a_run_without_an_ensemble_does_not_speak_of_members(single: Path) -> None:
    assert "member" not in (single / "log.txt").read_text() + (single / "bundle" / "README.md").read_text()
    assert "members" not in bundle_json(single)["facts"]
    assert sorted(path.name for path in (single / "checkpoints").iterdir()) == ["best.ckpt", "last.ckpt"]


def borders_of(folder: Path, member: int) -> int:
    """How often a checkpoint is written for the member: at each border, and when it has ended."""
    return 2 * len(history_of(folder, member)) + 1


@pytest.mark.parametrize("written", [True, False], ids=["after", "before"])
@pytest.mark.parametrize(("member", "border"), [(0, -1), (0, 0), (1, 1), (1, 4), (1, 0), (2, 0)])
def test_killed_in_any_member_and_resumed_the_bytes_are_the_same(
    tmp_path: Path, whole: Path, member: int, border: int, written: bool
) -> None:
    """Border 0 is the last of the member, -1 the one before."""
    before = sum(borders_of(whole, number) for number in range(member))
    at = before + border + (borders_of(whole, member) if border < 1 else 0)
    config = config_of(*THREE)
    with killed_at(at, written):
        train(config, tmp_path / "run")
    resume(tmp_path / "run", config)
    assert result_of(tmp_path / "run") == result_of(whole)


def test_killed_again_and_again_the_bytes_are_the_same(tmp_path: Path, whole: Path) -> None:
    config = config_of(*THREE)
    for number in range(4):
        with killed_at(3, written=number % 2 == 0):
            train(config, tmp_path / "run", resume=number > 0)
    resume(tmp_path / "run", config)
    assert result_of(tmp_path / "run") == result_of(whole)


def test_members_that_have_ended_are_not_trained_again(
    tmp_path: Path, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_of(*THREE)
    with killed_at(borders_of(whole, 0) + borders_of(whole, 1) + 1):
        train(config, tmp_path / "run")
    trained: list[int | None] = []
    monkeypatch.setattr(Recorder, "border", lambda recorder, _: trained.append(recorder.member))
    resume(tmp_path / "run", config)
    assert set(trained) == {2}
    assert result_of(tmp_path / "run") == result_of(whole)


def test_a_signal_stops_the_member_that_learns(
    tmp_path: Path, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def border(recorder: Recorder, _: object) -> None:
        if recorder.member == 1:
            signal.raise_signal(signal.SIGTERM)

    with monkeypatch.context() as patch:
        patch.setattr(Recorder, "border", border)
        with pytest.raises(StoppedError, match=r"signal 15 after 12 steps.*resume="):
            run_in(tmp_path / "run", *THREE)
    assert record_of(tmp_path / "run")["status"] == "killed"
    resume(tmp_path / "run", config_of(*THREE))
    assert result_of(tmp_path / "run") == result_of(whole)


def test_another_number_of_members_is_another_run(tmp_path: Path) -> None:
    with killed_at(2):
        train(config_of(*THREE), tmp_path / "run")
    with pytest.raises(DataError, match="the data or the configuration is not what the run was started with"):
        resume(tmp_path / "run", config_of(*RECIPE, "model.ensemble=4"))


def test_lines_of_another_member_do_not_stand_for_those_that_are_lost(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    for member, epoch in ((0, 1), (0, 2), (1, 1), (1, 2), (1, 3)):
        run.append_history({"member": member, "epoch": epoch})
    run.cut_history(2, member=1)
    assert [(row["member"], row["epoch"]) for row in run.history()] == [(0, 1), (0, 2), (1, 1), (1, 2)]
    with pytest.raises(MachineError, match=r"history.jsonl has 2 of the 3 epochs that are done"):
        run.cut_history(3, member=0)
    with (tmp_path / "history.jsonl").open("a") as file:
        file.write("{half\n")
    with pytest.raises(MachineError, match=r"history.jsonl is damaged .*Restore it or start a new run"):
        run.cut_history(2, member=1)
