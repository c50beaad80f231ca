"""TabM with piecewise linear embeddings, its bins fitted on train rows: a run like any other."""

from pathlib import Path

import polars as pl
import pytest
import torch
from polars.testing import assert_frame_equal

from src.inference import Predictor
from src.models.layered import LayeredNetwork
from tests.short_run import ROOT, config_of, killed_at, result_of, resume, run_in

RECIPE = (
    "model=tabm",
    "model.members=8",
    "model.d_block=32",
    "model.numeric_embedding={name: piecewise_linear, n_bins: 12, bins_by: target, min_samples_leaf: 10}",
    "dataset.columns.categorical=[island]",
    "optimizer.lr=0.01",
    "trainer.max_epochs=6",
    "trainer.checkpoint_seconds=0",
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tabm") / "run"
    assert run_in(folder, *RECIPE)["test"]["accuracy"] > 0.9
    return folder


def test_its_bundle_gives_the_numbers_of_the_evaluation(whole: Path) -> None:
    tested = pl.read_parquet(whole / "predictions.parquet")
    model = Predictor.load(whole / "bundle")
    table = pl.read_csv(ROOT / "data" / "penguins.csv", null_values="NA")
    answer = model.predict(table[[row - 1 for row in tested["row"]]])
    assert_frame_equal(answer, tested.drop("row", "truth"), check_exact=True)
    network = model.bundle.network
    assert isinstance(network, LayeredNetwork)
    bins = network.state_dict()["embedding.per_width"] > 0
    assert bins.shape == (4, 12)
    assert (bins.sum(1) > 1).all()
    assert network(*model.features.encode(table)).shape == (344, 8, 3)


def test_killed_and_resumed_the_bytes_are_the_same(tmp_path: Path, whole: Path) -> None:
    config = config_of(*RECIPE)
    with killed_at(4):
        run_in(tmp_path / "run", *RECIPE)
    resume(tmp_path / "run", config)
    assert result_of(tmp_path / "run") == result_of(whole)


def test_batches_in_parts_give_the_same_numbers(tmp_path: Path, whole: Path) -> None:
    run_in(tmp_path / "run", *RECIPE, "trainer.accumulate=3")
    weights, expected = (
        torch.cat([value.flatten() for value in Predictor.load(folder / "bundle").bundle.network.state_dict().values()])
        for folder in (tmp_path / "run", whole)
    )
    finite = expected.isfinite()
    assert (weights[finite] - expected[finite]).abs().max() < 1e-3
