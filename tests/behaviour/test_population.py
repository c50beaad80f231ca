"""Networks that are trained side by side in one process are those that each run trains by itself.

Steps that are programs are tested in test_members_together.py.
"""

import copy
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from src import grouping, side_by_side, steps, trainer
from src.assemble import assemble
from src.command_line import run as command
from src.config.compose import compose
from src.config.config import Config
from src.data.prepare import prepare
from src.data.prepared import Prepared
from src.errors import StoppedError
from src.learner import Learner
from src.machine import ROOT
from src.population import Population
from src.progress import History, Listener
from src.signals import StopFlag
from tests.short_run import config_of, table_of

N = 300
OWN = (
    *("dataset=own", "trainer.max_epochs=5", "trainer.batch_size=32", "trainer.compile=false"),
    *("model.hidden=[8]", "optimizer.lr=0.02"),
)
SAME = 1e-5
"""What the numbers of a member may differ from those of its solo run."""


class Heard(Listener):
    """The lines of history."""

    def __init__(self) -> None:
        self.rows: list[History] = []

    def epoch_ended(self, row: History) -> None:
        self.rows.append(row)


Ended = tuple[list[History], dict[str, Tensor]]
"""History and best weights."""


def learners_of(configs: Sequence[Config], prepared: Sequence[Prepared], stop: StopFlag) -> list[Learner]:
    learners = [assemble(*each, stop, together=True) for each in zip(configs, prepared, strict=True)]
    for learner in learners:
        learner.listener = Heard()
    return learners


def ended(learner: Learner) -> Ended:
    assert isinstance(learner.listener, Heard)
    return learner.listener.rows, learner.progress.best_weights


def together(configs: Sequence[Config], prepared: Sequence[Prepared]) -> list[Ended]:
    with StopFlag() as stop:
        learners = learners_of(configs, prepared, stop)
        assert grouping.groups(configs) == grouping.of_one_kind(learners) == [[*range(len(configs))]]
        Population(learners, stop, programs=False).train()
    return [ended(learner) for learner in learners]


def alone(config: Config, prepared: Prepared) -> Ended:
    with StopFlag() as stop, trainer.processes():
        learner = assemble(config, prepared, stop)
        learner.listener = Heard()
        trainer.fit(learner, config.trainer)
    return ended(learner)


def assert_each_as_alone(configs: Sequence[Config]) -> None:
    shared = dict[str, Prepared]()  # rows that are the same are held once
    prepared = [shared.setdefault(str(each.dataset), prepare(each.dataset, ROOT)) for each in configs]
    made = together(configs, prepared)
    for config, each, (rows, weights) in zip(configs, prepared, made, strict=True):
        own_rows, own_weights = alone(config, each)
        assert len(rows) == len(own_rows) > 0
        for row, own in zip(rows, own_rows, strict=True):
            assert row == pytest.approx(own, abs=SAME)
        torch.testing.assert_close(weights, own_weights, atol=SAME, rtol=SAME)


def columns() -> dict[str, Any]:
    x1, x2, noise = np.random.default_rng(0).normal(size=(3, N))
    return {
        "value": (20 + 3 * x1 - x2 + 0.5 * noise).tolist(),
        "cost": np.exp(1 + 0.3 * x2).tolist(),
        "count": np.random.default_rng(1).poisson(np.exp(1 + x1 / 2)).tolist(),
        "kind": [("low", "mid", "top")[k] for k in np.digitize(x1 + 0.3 * noise, [-0.5, 0.7])],
        "rain": [("no", "yes")[int(each)] for each in x1 + x2 > 0],
        "wind": [("no", "yes")[int(each)] for each in x1 - x2 > 0.5],
        "grade": np.digitize(x1 + 0.2 * noise, [-1, 0, 1]).tolist(),
        "weight": np.random.default_rng(2).uniform(0.5, 2, N).tolist(),
        "x1": x1.tolist(),
        "x2": ["" if k % 11 == 0 else each for k, each in enumerate(x2.tolist())],
        "place": [("north", "south", "east", "west")[k % 4] for k in range(N)],
    }


def conf(folder: Path, **dataset: Any) -> Path:
    described = {"target": "kind", "columns": {"numeric": ["x1", "x2"], "categorical": ["place"]}} | dataset
    return table_of(folder, columns(), **described)


@pytest.mark.parametrize(
    "optimizer",
    [
        ("optimizer=adam", "trainer.gradient_clip=0.3"),
        ("optimizer=adamw", "trainer.ema={decay: 0.9}", "trainer.schedules.weight_decay=cosine"),
        ("optimizer=sgd", "optimizer.momentum=0.9", "optimizer.nesterov=true"),
        ("optimizer=sgd", "optimizer.momentum=0", "scheduler=plateau", "scheduler.patience=1"),
        ("optimizer=rmsprop", "optimizer.lr_factors={layers: 0.5}"),
        ("optimizer=adagrad", "optimizer.lr_decay=0.01"),
    ],
)
def test_each_member_is_its_solo_run_with_every_optimizer(tmp_path: Path, optimizer: tuple[str, ...]) -> None:
    folder = conf(tmp_path)
    own = (("seed=1", "optimizer.lr=0.02"), ("seed=2", "optimizer.weight_decay=0.1"), ("seed=3", "optimizer.lr=0.003"))
    assert_each_as_alone([config_of(*OWN, *optimizer, *each, config_dir=folder) for each in own])


@pytest.mark.parametrize(
    ("dataset", "overrides"),
    [
        ({"target": "kind"}, ("loss=cross_entropy", "loss.class_weights=balanced", "loss.label_smoothing=0.1")),
        ({"target": "kind"}, ("loss=focal", "trainer.monitor=balanced_accuracy")),
        ({"target": "rain"}, ("trainer.sampling=balanced", "trainer.monitor=roc_auc")),
        ({"target": "rain", "weight": "weight"}, ()),
        ({"target": ["rain", "wind"]}, ("loss.label_smoothing=0.1",)),
        ({"target": "grade"}, ("loss=coral",)),
        ({"target": "grade"}, ("loss=corn",)),
        ({"target": "value", "weight": "weight"}, ("loss=mse",)),
        ({"target": ["value", "cost"]}, ("loss=huber", "trainer.drop_last=true")),
        ({"target": "value"}, ("loss=log_cosh", "model.numeric_embedding=piecewise_linear")),
        ({"target": "value"}, ("loss=quantile", "model.numeric_embedding=periodic")),
        ({"target": "value"}, ("loss=gaussian_nll", "model.norm=layer", "model.activation=gelu")),
        ({"target": "count", "task": "regression"}, ("loss=poisson", "model.residual=true", "model.hidden=[8,8]")),
    ],
)
def test_each_member_is_its_solo_run_with_every_loss(
    tmp_path: Path, dataset: dict[str, Any], overrides: tuple[str, ...]
) -> None:
    folder = conf(tmp_path, **dataset)
    own = (("seed=1",), ("seed=2", "optimizer.lr=0.005"))
    assert_each_as_alone(
        [config_of(*OWN, "optimizer=adam", *overrides, *each, config_dir=folder) for each in own]
    )


@pytest.mark.parametrize(
    ("network", "own"),
    [
        (("model.hidden=[8,6]",), ("model.dropout=0.1", "model.dropout=0.4", "model.dropout=[0.3,0.2]")),
        (("model=realmlp", "model.hidden=[8]"), ("model.dropout=0.1", "model.dropout=0.4")),
        (("model=resnet", "model.norm=layer", "model.d_block=6", "model.residual_dropout=0.1"), ("seed=1", "seed=2")),
    ],
)
def test_each_member_drops_what_its_solo_run_drops(
    tmp_path: Path, network: tuple[str, ...], own: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "CHUNK_STEPS", 4)  # each chunk begins with a seed of its own
    recipe, folder = (*OWN[:4], "optimizer=adam", "optimizer.lr=0.02", *network), conf(tmp_path)
    assert_each_as_alone([config_of(*recipe, each, config_dir=folder) for each in own])


@pytest.mark.parametrize(
    ("dataset", "overrides"),
    [
        ({"target": "kind"}, ("loss=cross_entropy", "loss.class_weights=balanced")),
        ({"target": "rain", "weight": "weight"}, ("loss=binary_cross_entropy",)),
        ({"target": ["rain", "wind"]}, ("loss=binary_cross_entropy", "loss.class_weights=balanced")),
    ],
)
def test_each_member_has_a_label_smoothing_of_its_own(
    tmp_path: Path, dataset: dict[str, Any], overrides: tuple[str, ...]
) -> None:
    folder, own = conf(tmp_path, **dataset), ("0", "0.1", "0.4")
    assert_each_as_alone(
        [config_of(*OWN, *overrides, f"loss.label_smoothing={each}", config_dir=folder) for each in own]
    )


@pytest.mark.parametrize("target", ["kind", "value"])
def test_members_of_different_folds_have_rows_of_their_own(tmp_path: Path, target: str) -> None:
    folder = conf(tmp_path, target=target, limit_rows=298)  # parts of the folds differ by a row
    own = [(f"dataset.split.fold={fold}", f"seed={seed}") for fold in range(3) for seed in range(2)]
    assert_each_as_alone([config_of(*OWN, "dataset.split.folds=3", *each, config_dir=folder) for each in own])


def test_each_member_stops_early_by_itself(tmp_path: Path) -> None:
    folder, recipe = conf(tmp_path), (*OWN, "trainer.max_epochs=40", "trainer.early_stopping.patience=2")
    configs = [config_of(*recipe, f"optimizer.lr={lr}", config_dir=folder) for lr in (0.3, 0.03, 0.001)]
    assert_each_as_alone(configs)
    epochs = {len(rows) for rows, _ in together(configs, [prepare(configs[0].dataset, ROOT)] * 3)}
    assert len(epochs) > 1


def test_one_that_diverges_leaves_the_others_as_they_are(tmp_path: Path) -> None:
    folder = conf(tmp_path, target="value")
    configs = [
        config_of(*OWN, "optimizer=sgd", f"optimizer.lr={lr}", config_dir=folder) for lr in ("0.01", "1e18", "0.02")
    ]
    prepared = prepare(configs[0].dataset, ROOT)
    with StopFlag() as stop:
        learners = learners_of(configs, [prepared] * 3, stop)
        population = Population(learners, stop, programs=False)
        population.train()
    assert [*population.errors] == [1]
    assert "became NaN or infinite in epoch" in str(population.errors[1])
    assert all(weight.isfinite().all() for weight in learners[1].network.parameters())
    for number in (0, 2):
        torch.testing.assert_close(ended(learners[number])[1], alone(configs[number], prepared)[1])


def test_a_member_of_a_population_that_was_stopped_goes_on_alone(tmp_path: Path) -> None:
    recipe = (*OWN, "optimizer=adamw", "trainer.ema={decay: 0.9}")
    configs = [config_of(*recipe, f"seed={seed}", config_dir=conf(tmp_path)) for seed in (1, 2)]
    prepared = prepare(configs[0].dataset, ROOT)
    with StopFlag() as stop, trainer.processes():
        learners = learners_of(configs, [prepared] * 2, stop)

        def stopping(row: History) -> None:
            stop.number = 15 if row["epoch"] == 2 else 0

        learners[1].listener.epoch_ended = stopping  # type: ignore[method-assign]
        with pytest.raises(StoppedError, match=r"Stopped by signal 15 after \d+ steps\."):
            Population(learners, stop, programs=False).train()
        stop.number = 0
        later = assemble(configs[0], prepared, stop)
        later.listener = Heard()
        later.resume(copy.deepcopy(learners[0].state()))
        trainer.fit(later, configs[0].trainer)
    rows, weights = alone(configs[0], prepared)
    assert [row["epoch"] for row in ended(later)[0]] == [3, 4, 5]
    for row, own in zip(ended(later)[0], rows[2:], strict=True):
        assert row == pytest.approx(own, abs=SAME)
    torch.testing.assert_close(ended(later)[1], weights, atol=SAME, rtol=SAME)


def test_what_cannot_be_trained_side_by_side_is_told_apart() -> None:
    def groups(*own: tuple[str, ...]) -> list[list[int]]:
        return grouping.groups([config_of("model.dropout=0", *each) for each in own])

    assert groups(("seed=1",), ("seed=2",), ("optimizer.lr=0.1",), ("dataset.split.seed=4",)) == [[0, 1, 2, 3]]
    assert groups(("model.hidden=[4]",), ("model.hidden=[5]",), ("model.hidden=[4]", "seed=1")) == [[0, 2]]
    assert groups(("seed=1",), ("trainer.max_epochs=3",)) == []
    for alone in (
        ("model.norm=batch",),
        ("model.ensemble=2",),
        ("trainer.max_steps=10", "trainer.early_stopping=null"),
        ("trainer.accumulate=2",),
        ("trainer.precision=bf16",),
    ):
        assert grouping.hindrance(config_of("model.dropout=0", *alone)), alone
        assert groups((*alone, "seed=1"), (*alone, "seed=2")) == []


def test_a_grid_side_by_side_makes_a_whole_run_of_each_job(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    short = ("experiment=penguins_lesson", "trainer.max_epochs=3", "tracking=none", "trainer=cpu")
    grid = ("-m", *short, "seed=1,2", "trainer.accumulate=1,2", "hydra/launcher=population")
    assert command([*grid, f"hydra.sweep.dir={tmp_path / 'grid'}"]) == 0
    out = capfd.readouterr().out
    assert "2 runs side by side" in out
    assert "2 of them alone: accumulate, schedules, swa or profile of trainer" in out
    jobs = json.loads((tmp_path / "grid/grid.json").read_text())["jobs"]
    assert [job["exit_code"] for job in jobs] == [0, 0, 0, 0]
    for job in range(4):
        folder = tmp_path / "grid" / str(job)
        record = json.loads((folder / "run.json").read_text())
        assert (record["status"], record["grid_job"], record["exit_code"]) == ("finished", job, 0)
        assert (folder / "bundle/README.md").exists()
        assert (folder / "checkpoints/best.ckpt").exists()
    assert command([*short, "seed=2", f"hydra.run.dir={tmp_path / 'alone'}"]) == 0
    mine, own = (json.loads((tmp_path / each / "metrics.json").read_text()) for each in ("grid/2", "alone"))
    for part in ("test", "validation"):
        assert mine[part] == pytest.approx(own[part], abs=SAME)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(RuntimeError("a mistake of ours"), "failed", 1), (StoppedError(15, "Stopped by signal 15."), "killed", 143)],
)
def test_whatever_ends_a_population_is_told_in_each_of_its_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, status: str, code: int
) -> None:
    def ending(_: Population) -> None:
        raise error

    monkeypatch.setattr(Population, "train", ending)
    short = ("experiment=penguins_lesson", "tracking=none", "trainer=cpu")
    of_jobs = [compose([*short, f"seed={number}", f"hydra.run.dir={tmp_path}/{number}"]) for number in (0, 1)]
    jobs = [(composed, {"ROOKERY_GRID_JOB": str(number)}) for number, composed in enumerate(of_jobs)]
    monkeypatch.setenv("ROOKERY_GRID_JOB", "0")  # put back afterwards
    with pytest.raises(type(error)):
        side_by_side.train(jobs)
    for number in (0, 1):
        record = json.loads((tmp_path / str(number) / "run.json").read_text())
        assert (record["status"], record["exit_code"], record["grid_job"]) == (status, code, number)


def test_a_wrong_launcher_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["-m", "seed=1,2", "hydra/launcher=joblib"]) == 2
    assert "hydra/launcher=joblib: required: basic (one run after another) or population (together)" in (
        capsys.readouterr().err
    )
    assert command(["seed=1", "hydra/launcher=population", "tracking=none"]) == 2
    assert "hydra/launcher=population trains runs side by side, and this is one; -m makes a grid" in (
        capsys.readouterr().err
    )
