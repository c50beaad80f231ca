"""Numeric embeddings in whole runs: what they let a network learn, and where their bins come from."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from src.inference import Predictor
from tests.short_run import run_in, table_of

ROWS, JUMP = 400, 0.3
X = np.random.default_rng(1).uniform(size=ROWS)  # seed 0 would give the numbers that the rows are split by
HIGH, LOW = X > JUMP, X < 0.1
TARGETS: dict[str, tuple[dict[str, list[Any]], dict[str, Any]]] = {
    "one number": ({"y": (5.0 * HIGH).tolist()}, {"task": "regression"}),
    "one tiny number": ({"y": (1e-4 * HIGH).tolist()}, {"task": "regression", "target_transform": "none"}),
    "two numbers": ({"y": (5.0 * HIGH).tolist(), "z": (2.0 - HIGH).tolist()}, {"target": ["y", "z"]}),
    "two classes": ({"y": ["high" if each else "low" for each in HIGH]}, {}),
    "three classes": ({"y": ["abc"[h + 2 * w] for h, w in zip(HIGH.tolist(), LOW.tolist(), strict=True)]}, {}),
    "labels": ({"y": HIGH.astype(int).tolist(), "z": LOW.astype(int).tolist()}, {"target": ["y", "z"]}),
}


@pytest.mark.parametrize("target", TARGETS)
def test_bins_by_target_have_a_border_where_the_target_jumps(tmp_path: Path, target: str) -> None:
    columns, settings = TARGETS[target]
    task = {"labels": "multilabel", "two numbers": "regression"}.get(target, "auto")
    numeric = {"columns": {"numeric": ["x"]}, "split": {"by": "random"}, "task": task}
    conf = table_of(tmp_path, {**columns, "x": X.tolist()}, **numeric | settings)
    embedding = "model.numeric_embedding={name: piecewise_linear, bins_by: target, n_bins: 6, min_samples_leaf: 5}"
    run_in(tmp_path / "run", "dataset=own", "model=linear", embedding, "trainer.max_epochs=1", config_dir=conf)
    model = Predictor.load(tmp_path / "run" / "bundle")
    [left] = model.bundle.network.state_dict()["embedding.left"].tolist()
    spec = model.features.input
    borders = [spec.center[0] + spec.scale[0] * border for border in left[1:]]
    assert min(abs(border - JUMP) for border in borders) < 0.01


@pytest.mark.parametrize(
    "embedding", ["piecewise_linear", "{name: periodic, frequency_scale: 1}", "{name: pbld, frequency_scale: 1}"]
)
def test_a_linear_network_learns_waves_from_embedded_numbers_alone(tmp_path: Path, embedding: str) -> None:
    wave = ["up" if each else "down" for each in np.sin(15 * X) > 0]
    conf = table_of(tmp_path, {"y": wave, "x": X.tolist()})
    recipe = ("dataset=own", "model=linear", "optimizer.lr=0.02")
    plain = run_in(tmp_path / "plain", *recipe, config_dir=conf)
    embedded = run_in(tmp_path / "run", *recipe, f"model.numeric_embedding={embedding}", config_dir=conf)
    assert plain["test"]["accuracy"] < 0.75
    assert embedded["test"]["accuracy"] > 0.9
