"""Networks learn what can be learned, about as well as a known implementation does."""

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from src.data.prepare import prepare
from src.inference import Predictor
from src.models.network import Network
from src.task import Task
from tests.short_run import ROOT, config_of, run_in, table_of


def test_the_lesson_is_learned(lesson: Path) -> None:
    metrics = json.loads((lesson / "metrics.json").read_text())
    assert metrics["test"]["accuracy"] >= 0.95
    assert metrics["test"]["log_loss"] < 0.2


def test_the_lesson_is_learned_as_well_as_by_scikit_learn(lesson: Path) -> None:
    parts = prepare(config_of("experiment=penguins_lesson").dataset, ROOT).parts
    network = Predictor.load(lesson / "bundle").bundle.network
    assert isinstance(network, Network)
    scaled = network.numeric
    with torch.no_grad():
        x = {name: scaled(part.x_num).numpy() for name, part in parts.items()}
    reference = MLPClassifier((10, 10), batch_size=20, learning_rate_init=0.01, max_iter=50, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        reference.fit(x["train"], parts["train"].y.numpy())
    expected = reference.score(x["test"], parts["test"].y.numpy())
    assert json.loads((lesson / "metrics.json").read_text())["test"]["accuracy"] >= expected - 0.02


def table(folder: Path, load: Callable[..., Any], **dataset: Any) -> Path:
    x, y = load(return_X_y=True)
    columns = {f"x{j}": column.tolist() for j, column in enumerate(x.T)}
    return table_of(folder, {"y": y.tolist(), **columns}, **dataset)


def test_a_number_is_learned_far_better_than_its_mean(tmp_path: Path) -> None:
    conf = table(tmp_path, load_diabetes)
    metrics = run_in(tmp_path / "run", "dataset=own", "optimizer.lr=0.01", config_dir=conf)["test"]
    assert set(metrics) == {"rmse", "mae", "r2"}
    assert metrics["r2"] > 0.35  # the mean has 0, linear regression 0.3 to 0.5 depending on the split
    assert 40 < metrics["rmse"] < 65  # in units of the target, whose standard deviation is 77


def test_one_of_two_classes_is_learned_far_better_than_the_frequent_one(tmp_path: Path) -> None:
    conf = table(tmp_path, load_breast_cancer)
    metrics = run_in(tmp_path / "run", "dataset=own", "optimizer.lr=0.01", config_dir=conf)["test"]
    assert metrics["accuracy"] > 0.93  # 0.63 of the rows have the frequent class
    assert metrics["roc_auc"] > 0.95
    assert Predictor.load(tmp_path / "run" / "bundle").features.output.task is Task.BINARY


@pytest.mark.parametrize("categorical", ["one_hot", "embedding"])
def test_what_only_two_categories_tell_together_is_learned(tmp_path: Path, categorical: str) -> None:
    a, b = np.random.default_rng(0).integers(0, [[4], [3]], size=(2, 600))
    rows = {"y": [f"class {k}" for k in (a + b) % 3], "a": [f"a{k}" for k in a], "b": [f"b{k}" for k in b]}
    conf = table_of(tmp_path, rows, columns={"categorical": ["a", "b"]})
    overrides = ("dataset=own", f"model.categorical={categorical}", "model.hidden=[32,32]", "optimizer.lr=0.01")
    assert run_in(tmp_path / "run", *overrides, config_dir=conf)["test"]["accuracy"] > 0.97


def test_rare_classes_count_more_with_balanced_weights(tmp_path: Path) -> None:
    """Two overlapping clouds, one with a tenth of the rows: unweighted, the rare class is hardly ever predicted."""
    generator = np.random.default_rng(0)
    y = generator.random(1000) < 0.1
    x = generator.normal(size=1000) + y
    conf = table_of(tmp_path, {"y": ["rare" if each else "usual" for each in y], "x": x.tolist()})
    recipe = ("dataset=own", "loss=binary_cross_entropy", "optimizer.lr=0.01", "trainer.max_epochs=10")
    plain = run_in(tmp_path / "plain", *recipe, config_dir=conf)["test"]
    balanced = run_in(tmp_path / "balanced", *recipe, "loss.class_weights=balanced", config_dir=conf)["test"]
    assert balanced["f1"] > plain["f1"]


def test_rows_are_learned_by_heart_if_nothing_stands_in_the_way(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    x1, x2 = generator.normal(size=(2, 60)).tolist()
    conf = table_of(tmp_path, {"y": generator.choice(["a", "b", "c"], 60).tolist(), "x1": x1, "x2": x2})
    recipe = ("dataset=own", "debug=overfit", "model.hidden=[64,64]", "optimizer.lr=0.01")
    run_in(tmp_path / "run", *recipe, config_dir=conf)
    last = json.loads((tmp_path / "run" / "history.jsonl").read_text().splitlines()[-1])
    assert last["train/loss"] < 0.3  # knowing nothing costs log 3 = 1.1
