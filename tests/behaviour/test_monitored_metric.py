"""One number of the validation rows decides: which epoch is kept, when training ends, when the learning rate drops."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn import metrics as reference

from src.config.config import Config
from src.data.prepare import prepare
from src.errors import ConfigError, DataError
from src.inference import Predictor
from src.machine import ROOT
from src.pipeline import train
from tests.short_run import config_of, epochs_of, killed_at, result_of, resume, run_in, start, table_of

DULL = ("dataset.columns.numeric=[bill_length_mm]", "seed=2", "optimizer.lr=0.03")
"""Too little to tell the species by, so that accuracy and loss see another epoch as the best."""
RECIPE = ("optimizer.lr=0.03", "trainer.max_epochs=10", "trainer.early_stopping=null")
History = list[dict[str, float]]


def history_of(run: Path) -> History:
    return [json.loads(line) for line in (run / "history.jsonl").read_text().splitlines()]


def best_epoch(run: Path) -> int:
    """Of the bundle, by its validation loss, which is another one in each epoch."""
    facts = json.loads((run / "bundle" / "bundle.json").read_text())["facts"]["validation"]
    (row,) = [row for row in history_of(run) if row["validation/loss"] == facts["validation/loss"]]
    return int(row["epoch"])


@pytest.fixture(scope="module")
def conf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two overlapping clouds, the second with a fifth of the rows; and a number."""
    generator = np.random.default_rng(0)
    x1, x2, noise = generator.normal(size=(3, 400))
    rare = generator.random(400) < 0.2
    rows = {
        "kind": np.where(rare, "rare", "usual").tolist(),
        "price": (3 * x1 + noise).tolist(),
        "x1": (x1 + rare).tolist(),
        "x2": x2.tolist(),
    }
    return table_of(tmp_path_factory.mktemp("monitor"), rows, columns={"numeric": ["x1", "x2"]})


def test_the_highest_value_decides_where_higher_is_better_and_of_equal_ones_the_first(tmp_path: Path) -> None:
    run_in(tmp_path / "run", *DULL, "trainer.max_epochs=16", "trainer.early_stopping=null", "trainer.monitor=accuracy")
    accuracies = [row["validation/accuracy"] for row in history_of(tmp_path / "run")]
    assert accuracies.count(max(accuracies)) > 1
    assert best_epoch(tmp_path / "run") == accuracies.index(max(accuracies)) + 1
    losses = [row["validation/loss"] for row in history_of(tmp_path / "run")]
    assert losses.index(min(losses)) != accuracies.index(max(accuracies))


@pytest.mark.parametrize(
    ("target", "monitor", "best"), [("kind", "roc_auc", max), ("kind", "brier", min), ("price", "mape", min)]
)
def test_a_metric_that_is_monitored_is_in_every_row_of_the_history_and_is_that_of_the_bundle(
    tmp_path: Path, conf: Path, target: str, monitor: str, best: Any
) -> None:
    recipe = (*RECIPE, "dataset=own", f"dataset.target={target}", f"trainer.monitor={monitor}")
    metrics = run_in(tmp_path / "run", *recipe, config_dir=conf)
    values = [row[f"validation/{monitor}"] for row in history_of(tmp_path / "run")]
    assert len(values) == 10
    assert metrics["validation"][monitor] == pytest.approx(best(values), rel=1e-6)
    assert best_epoch(tmp_path / "run") == values.index(best(values)) + 1
    assert monitor in metrics["test"]
    curves = (tmp_path / "run" / "plots" / "learning_curves.csv").read_text().splitlines()[0]
    assert f"validation/{monitor}" in curves.split(",")
    if monitor == "roc_auc":
        part = prepare(config_of(*recipe, config_dir=conf).dataset, ROOT).parts["validation"]
        predictor = Predictor.load(tmp_path / "run" / "bundle")
        scores = predictor.predict_encoded(part.x_num, part.x_cat).probability[:, 1]
        assert best(values) == pytest.approx(reference.roc_auc_score(part.y, scores), rel=1e-9)


def test_by_default_the_lowest_validation_loss_decides(tmp_path: Path) -> None:
    run_in(tmp_path / "run", *RECIPE)
    losses = [row["validation/loss"] for row in history_of(tmp_path / "run")]
    assert best_epoch(tmp_path / "run") == losses.index(min(losses)) + 1
    run_in(tmp_path / "named", *RECIPE, "trainer.monitor=loss", "trainer.metrics=auto")
    assert result_of(tmp_path / "named") == result_of(tmp_path / "run")


def test_early_stopping_and_plateau_wait_for_what_is_monitored(tmp_path: Path) -> None:
    stopping = ("trainer.early_stopping.patience=4", "scheduler=plateau", "scheduler.patience=2")
    run_in(tmp_path / "run", *DULL, *stopping, "trainer.monitor=accuracy")
    history = history_of(tmp_path / "run")
    accuracies = [row["validation/accuracy"] for row in history]
    best = accuracies.index(max(accuracies))
    assert len(history) == best + 1 + 4
    assert min(row["validation/loss"] for row in history[best + 1 :]) < history[best]["validation/loss"]
    assert history[best + 3]["lr"] == history[best + 2]["lr"] / 2


@pytest.fixture(scope="module")
def resumable(conf: Path) -> Config:
    return config_of(
        *("dataset=own", "dataset.target=kind", "optimizer.lr=0.03", "trainer.max_epochs=12", "scheduler=plateau"),
        *("scheduler.patience=1", "trainer.early_stopping.patience=5", "trainer.checkpoint_seconds=0"),
        *("trainer.monitor=average_precision", "trainer.metrics=[mcc]", "tracking=none"),
        config_dir=conf,
    )


@pytest.mark.parametrize("border", [1, 3, 6])
def test_killed_and_resumed_the_same_epoch_is_best(tmp_path: Path, resumable: Config, border: int) -> None:
    metrics = train(resumable, tmp_path / "whole")
    assert {*metrics["test"]} == {"mcc", "average_precision"}
    with killed_at(border):
        train(resumable, tmp_path / "run")
    resume(tmp_path / "run", resumable)
    assert result_of(tmp_path / "run") == result_of(tmp_path / "whole")


def test_two_processes_monitor_what_one_does(tmp_path: Path, conf: Path) -> None:
    recipe = ("dataset=own", "dataset.target=kind", "trainer.max_epochs=3", "trainer.monitor=average_precision")
    options = ("trainer=ddp_sim", "tracking=none", f"--config-dir={conf}", "hydra.run.dir=two")
    process = start("src.train", *options, *recipe, cwd=tmp_path)
    out, err = process.communicate(timeout=240)
    assert (process.returncode, err) == (0, ""), out
    run_in(tmp_path / "one", *recipe, config_dir=conf)
    assert epochs_of(tmp_path / "two") == 3
    for mine, row in zip(history_of(tmp_path / "two"), history_of(tmp_path / "one"), strict=True):
        assert mine == pytest.approx(row, abs=1e-6)


def test_the_metrics_of_a_run_are_those_that_are_named(tmp_path: Path) -> None:
    metrics = run_in(tmp_path / "run", *RECIPE, "trainer.max_epochs=1", "trainer.metrics=[brier,mcc]")
    assert [*metrics["test"]] == [*metrics["validation"]] == ["brier", "mcc"]


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        (["trainer.monitor=auc"], r"trainer.monitor: must be loss, or one of accuracy.*did you mean roc_auc\?"),
        (["trainer.metrics=[acuracy]"], r"trainer.metrics\[0\]: must be one of accuracy.*did you mean accuracy\?"),
        (["trainer.metrics=[f1,mcc,f1]"], "trainer.metrics: f1 named more than once"),
        (["trainer.metrics=[]"], "trainer.metrics: must be .*a list with at least 1 entry"),
        (
            ["dataset.task=multiclass", "trainer.monitor=recall_binary"],
            r"trainer.monitor: recall_binary is of binary, the target is multiclass; did you mean recall\?",
        ),
        (["trainer.metrics=[pinball]", "loss=mse"], "trainer.metrics: pinball needs what only loss=quantile gives"),
    ],
)
def test_a_metric_that_is_unknown_or_does_not_fit_is_refused_before_the_data_are_read(
    overrides: list[str], sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence):
        config_of(*overrides)


def test_metrics_of_another_task_are_refused_all_together_once_the_task_is_known(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        run_in(tmp_path / "run", "trainer.monitor=rmse", "trainer.metrics=[accuracy,mae]")
    assert len(caught.value.mistakes) == 2
    assert caught.value.mistakes[0].startswith("trainer.monitor: rmse is of regression, the target is multiclass")
    assert caught.value.mistakes[1].startswith("trainer.metrics: mae is of regression, the target is multiclass")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("monitor", ["roc_auc", "cohen_kappa"])
def test_a_metric_that_the_validation_rows_leave_undefined_is_refused(tmp_path: Path, monitor: str) -> None:
    parts = ["train", "validation", "test", "train"]
    rows = {"kind": ["a", "a", "a", "b"] * 20, "x": torch.arange(80).tolist(), "part": parts * 20}
    split = {"by": "column", "column": "part"}
    config = table_of(tmp_path, rows, columns={"numeric": ["x"]}, split=split)
    with pytest.raises(DataError, match=f"trainer.monitor: {monitor} is undefined on the 20 validation rows: none of "):
        run_in(tmp_path / "run", "dataset=own", f"trainer.monitor={monitor}", config_dir=config)
