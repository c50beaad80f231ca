"""Nothing of the validation and test rows gets into what is learned."""

import io
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import safetensors.torch

from src import checkpoint
from src.data.prepare import prepare
from src.data.prepared import Prepared
from tests.short_run import ROOT, config_of, dataset_of, run_in

MISSING = {"numeric": "median", "indicator": True, "markers": ["NA"], "columns": {"island": "most_frequent"}}
DATASET = {
    "target": "species",
    "columns": {
        "numeric": ["bill_length_mm", "bill_depth_mm", "ratio"],
        "ordered": {"grade": ["low", "mid", "high"]},
        "datetime": ["day"],
        "categorical": ["island", "sex"],
    },
    "derive": {"ratio": "body_mass_g / flipper_length_mm"},
    "missing": MISSING,
    "categories": {"min_count": 2},
}
SCALES: dict[str, dict[str, Any]] = {
    "standard": {"scale": "standard"},
    "clip and log": {"scale": "standard", "clip": 2.0, "log": ["ratio"]},
    "robust": {"scale": "robust", "missing": MISSING | {"numeric": "mean"}},
    "minmax": {"scale": "minmax", "missing": MISSING | {"numeric": "most_frequent"}},
    "quantile": {"scale": "quantile"},
}
BINS = ("bins_by: quantile", "bins_by: target, min_samples_leaf: 20")

RECIPE = ("dataset=own", "trainer.max_epochs=3", "trainer.early_stopping=null", "model.norm=batch", "model.dropout=0.1")


def spoiled(table: pl.DataFrame, rows: list[int]) -> pl.DataFrame:
    """Other numbers, categories and missing cells in the features of `rows` (1-based); the same targets."""
    there = pl.int_range(1, pl.len() + 1).is_in(rows)
    number = pl.int_range(pl.len())
    garbage = {
        "bill_length_mm": pl.lit("-1e6"),
        "bill_depth_mm": pl.lit(""),
        "body_mass_g": (number * 1000003).cast(pl.String),
        "flipper_length_mm": pl.lit("0.001"),
        "island": pl.concat_str(pl.lit("island "), number),
        "sex": pl.lit("NA"),
        "grade": pl.lit("high"),
        "day": pl.lit("1903-07-01 03:00:00"),
    }
    return table.with_columns(pl.when(there).then(cell).otherwise(name).alias(name) for name, cell in garbage.items())


def learned(folder: Path, table: pl.DataFrame, *overrides: str, **scale: Any) -> tuple[Prepared, bytes]:
    """What was fitted on the table, and the weights after the last epoch."""
    folder.mkdir()
    buffer = io.BytesIO()
    table.write_csv(buffer)
    conf = dataset_of(folder, buffer.getvalue(), DATASET | scale)
    run_in(folder / "run", *RECIPE, *overrides, config_dir=conf)
    weights: dict[str, Any] = checkpoint.read(folder / "run" / "checkpoints" / "last.ckpt")["weights"]
    return prepare(config_of(*RECIPE, config_dir=conf).dataset, folder), safetensors.torch.save(weights)


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    penguins, row = pl.read_csv(ROOT / "data" / "penguins.csv", infer_schema=False), pl.int_range(pl.len())
    moment = pl.datetime(2007, 11, 1) + pl.duration(hours=37 * (row * 7919 % 344))
    return penguins.with_columns(
        pl.when(row % 11 > 0).then(moment.cast(pl.String)).otherwise(pl.lit("NA")).alias("day"),
        (row % 3).replace_strict({0: "low", 1: "mid", 2: "NA"}).alias("grade"),
    )


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory, table: pl.DataFrame) -> tuple[Prepared, bytes]:
    return learned(tmp_path_factory.mktemp("leakage") / "clean", table)


@pytest.mark.parametrize("scale", SCALES)
def test_garbage_in_validation_and_test_rows_changes_nothing_that_is_learned(
    tmp_path: Path, table: pl.DataFrame, scale: str
) -> None:
    prepared, weights = learned(tmp_path / "clean", table, **SCALES[scale])
    unseen = [*prepared.parts["validation"].row.tolist(), *prepared.parts["test"].row.tolist()]
    assert len(unseen) == 103
    other, same_weights = learned(tmp_path / "spoiled", spoiled(table, unseen), **SCALES[scale])
    assert other.features.to_dict() == prepared.features.to_dict()
    assert other.parts["train"].row.tolist() == prepared.parts["train"].row.tolist()
    assert not other.parts["test"].x_num.equal(prepared.parts["test"].x_num)
    assert same_weights == weights


@pytest.mark.parametrize("bins", BINS)
def test_garbage_in_validation_and_test_rows_changes_no_bin_of_a_numeric_embedding(
    tmp_path: Path, table: pl.DataFrame, bins: str
) -> None:
    embedding = f"model.numeric_embedding={{name: piecewise_linear, n_bins: 8, {bins}}}"
    prepared, weights = learned(tmp_path / "clean", table, embedding)
    unseen = [*prepared.parts["validation"].row.tolist(), *prepared.parts["test"].row.tolist()]
    assert learned(tmp_path / "spoiled", spoiled(table, unseen), embedding)[1] == weights
    found = safetensors.torch.load(weights)["embedding.left"]
    assert found.count_nonzero() > 10
    one = spoiled(table, prepared.parts["train"].row[:1].tolist())
    other = safetensors.torch.load(learned(tmp_path / "one", one, embedding)[1])["embedding.left"]
    assert not other.equal(found)


def test_garbage_in_a_single_train_row_changes_it(
    tmp_path: Path, table: pl.DataFrame, clean: tuple[Prepared, bytes]
) -> None:
    """So the test above can fail."""
    prepared, weights = clean
    other, other_weights = learned(tmp_path / "spoiled", spoiled(table, prepared.parts["train"].row[:1].tolist()))
    assert other.features.to_dict() != prepared.features.to_dict()
    assert other_weights != weights


def test_no_row_is_in_two_parts(clean: tuple[Prepared, bytes]) -> None:
    rows = [row for part in clean[0].parts.values() for row in part.row.tolist()]
    assert sorted(rows) == list(range(1, 345))
