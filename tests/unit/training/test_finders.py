"""What `src.find` measures and suggests."""

import json
import math
from pathlib import Path

import pytest
from torch import Tensor

from src import plots
from src.config.config import Config
from src.eager_steps import EagerSteps
from src.errors import ConfigError
from src.find import find as command
from src.finders.batch_size import Measurement, suggested
from src.finders.find import find
from src.finders.lr import Curve
from tests.short_run import ALWAYS, config_of, run_in


def curve(*loss: float) -> Curve:
    return Curve([10.0 ** (step / 10) for step in range(len(loss))], list(loss))


def test_the_loss_falls_fastest_where_its_slope_is_smallest() -> None:
    falling = curve(*(1 / (1 + math.exp((step - 60) / 8)) + 0.001 * (step % 2) for step in range(120)))
    assert falling.steepest == pytest.approx(10.0**6, rel=0.5)
    assert falling.lowest == falling.lr[-1]


def test_the_smallest_loss_is_the_upper_limit() -> None:
    valley = curve(*((step - 70) ** 2 for step in range(100)))
    assert valley.lowest == pytest.approx(10.0**7)
    assert valley.steepest is not None
    assert valley.steepest < valley.lowest


@pytest.mark.parametrize("loss", [[2.0] * 50, [float(step) for step in range(50)]])
def test_a_loss_that_never_falls_suggests_nothing(loss: list[float]) -> None:
    assert curve(*loss).steepest is None


def test_the_smallest_batch_with_nearly_the_highest_speed_is_suggested() -> None:
    seconds = {16: 1.0, 32: 1.1, 64: 1.2, 128: 2.2, 256: 4.3, 512: 9.0}
    measured = [Measurement(size, each, 0) for size, each in seconds.items()]
    assert suggested(measured).batch_size == 128  # 58 rows a second, at most 60 are reached


def lines(what: str, config: Config, folder: Path) -> list[str]:
    return [*find(what, config, folder)]


def test_a_learning_rate_is_found_that_learns_and_nothing_else_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[dict[str, float]] = []
    monkeypatch.setattr(plots, "range_test", lambda _lr, _loss, marked, _folder: drawn.append(marked))
    small = ("model.hidden=[10,10]", "scheduler=none")
    said = lines("lr", config_of(*small), tmp_path / "found")
    assert [path.name for path in (tmp_path / "found").iterdir()] == ["lr.json"]
    found = json.loads((tmp_path / "found" / "lr.json").read_text())
    assert drawn == [{"steepest": found["steepest"], "lowest": found["lowest"]}]
    assert found["lr"][0] == pytest.approx(1e-6)
    assert found["lr"][1] / found["lr"][0] == pytest.approx(1e7 ** (1 / 199))
    assert 1e-3 < found["steepest"] < 0.1 < found["lowest"] * 2
    assert f"optimizer.lr={found['steepest']:.2g}, where the loss falls fastest" in "\n".join(said)
    losses = {}
    for name, lr in (("found", found["steepest"]), ("low", found["steepest"] / 100)):
        metrics = run_in(tmp_path / name / "run", *small, f"optimizer.lr={lr}", "trainer.max_epochs=4")
        losses[name] = metrics["validation"]["log_loss"]
    assert losses["found"] < 0.5 < losses["low"]


def test_the_curve_is_drawn(tmp_path: Path) -> None:
    plots.range_test([1e-3, 1e-2], [2.0, 1.0], {"steepest": 1e-3}, tmp_path)
    assert (tmp_path / "lr.png").stat().st_size > 1000


def test_the_first_loss_is_that_of_the_first_batch_of_the_training(tmp_path: Path) -> None:
    """The learning rate is then so small that the loss is that of the initial weights."""
    said = lines("lr", config_of("trainer.batch_size=1000"), tmp_path / "found")
    run_in(tmp_path / "run", "trainer.batch_size=1000", "trainer.max_epochs=1")
    trained = json.loads((tmp_path / "run" / "history.jsonl").read_text())["train/loss"]
    assert json.loads((tmp_path / "found" / "lr.json").read_text())["loss"][0] == pytest.approx(trained, abs=1e-6)
    assert said[0].split() == ["lr", "loss"]


def test_batch_sizes_double_to_all_train_rows(tmp_path: Path) -> None:
    said = lines("batch_size", config_of("trainer=ddp_sim"), tmp_path / "found")
    measured = json.loads((tmp_path / "found" / "batch_size.json").read_text())["measured"]
    assert [each["batch_size"] for each in measured] == [16, 32, 64, 128, 241]
    assert all(each["seconds"] > 0 and each["memory"] > 0 for each in measured)
    assert "241: all train rows" in "\n".join(said)


def test_a_batch_that_does_not_fit_ends_the_measurement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step = EagerSteps.step

    def limited(steps: EagerSteps, batch: tuple[Tensor, ...], factor: float) -> object:
        if len(batch[0]) > 64:
            raise RuntimeError("[enforce fail at alloc_cpu.cpp] err == 0. DefaultCPUAllocator: can't allocate memory")
        return step(steps, batch, factor)

    monkeypatch.setattr(EagerSteps, "step", limited)
    said = "\n".join(lines("batch_size", config_of(), tmp_path / "found"))
    assert "64: a larger one does not fit into memory" in said


def test_a_folder_that_is_in_use_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ConfigError, match="is not empty, and nothing is written over"):
        command(["lr", *ALWAYS, f"hydra.run.dir={tmp_path}"])
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["dataset=penguins"], "dataset=penguins: required first: lr or batch_size, then what src.train takes"),
        (["lr", "--fast"], "--fast: there is no such option"),
        (["lr", "optimizr.lr=1"], "did you mean optimizer"),
        (["lr", "dataset.split.folds=3"], "folds"),
    ],
)
def test_wrong_arguments_are_explained(arguments: list[str], sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        command(arguments)
    assert sentence in str(caught.value)
