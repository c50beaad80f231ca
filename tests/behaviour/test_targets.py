"""Several targets, labels, weights of rows and balanced sampling, from the table to the predictions of the bundle."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from sklearn import metrics as reference

from src.command_line import exit_code
from src.errors import DataError
from src.inference import Predictor
from src.predict import predict
from tests.short_run import epochs_of, run_in, start, table_of

N = 900
RECIPE = ("dataset=own", "optimizer.lr=0.02", "trainer.max_epochs=20", "trainer.batch_size=60")


def columns() -> dict[str, Any]:
    """Two numbers and two labels that follow from x1 and x2, and a weight."""
    x1, x2, noise = np.random.default_rng(0).normal(size=(3, N))
    return {
        "length": (2 * x1 - x2 + 0.1 * noise).tolist(),
        "net price": np.exp(2 + x2 + 0.05 * noise).tolist(),
        "rain": [("no", "yes")[int(each)] for each in x1 + x2 > 0],
        "wind": [int(each) for each in x1 - x2 > 1],
        "count": (np.arange(N) % 4).tolist(),
        "x1": x1.tolist(),
        "x2": x2.tolist(),
    }


def conf(folder: Path, **dataset: Any) -> Path:
    return table_of(folder, columns(), **{"columns": {"numeric": ["x1", "x2"]}} | dataset)


def predicted_rows(run: Path) -> pl.DataFrame:
    return pl.read_parquet(run / "predictions.parquet")


def assert_the_bundle_gives_what_was_tested(run: Path) -> None:
    rows = predicted_rows(run)
    raw = pl.DataFrame(columns())[rows["row"] - 1].select("x1", "x2")
    answer = Predictor.load(run / "bundle").predict(raw)
    assert_frame_equal(answer, rows.select(answer.columns), check_exact=True)


@pytest.mark.parametrize("transform", ["standard", "log", "quantile"])
def test_several_numbers_are_learned_together(tmp_path: Path, transform: str) -> None:
    config = conf(tmp_path, target=["length", "net price"], target_transform=transform)
    metrics = run_in(tmp_path / "run", *RECIPE, config_dir=config)["test"]
    assert metrics["r2_length"] > 0.97
    assert metrics["r2_net price"] > 0.9
    assert_the_bundle_gives_what_was_tested(tmp_path / "run")
    rows = predicted_rows(tmp_path / "run")
    assert rows.columns[1:] == ["truth_length", "truth_net price", "prediction_length", "prediction_net price"]
    r2 = reference.r2_score(rows["truth_net price"], rows["prediction_net price"])
    assert metrics["r2_net price"] == pytest.approx(r2)


def test_a_test_row_without_a_finite_answer_is_named_when_the_bundle_is_there(tmp_path: Path) -> None:
    rows = {"y": [1.0, 2.0, 9.0] * 20, "x": [*range(50), 1e30, *range(9)]}
    parts = {"part": ["train"] * 30 + ["validation"] * 15 + ["test"] * 15}
    dataset = {"columns": {"numeric": ["x"]}, "split": {"by": "column", "column": "part"}, "task": "regression"}
    config = table_of(tmp_path, rows | parts, target_transform="log", **dataset)
    with pytest.raises(DataError, match=r"^row 51: the network has no finite answer to it, since a number in it is"):
        run_in(tmp_path / "run", "dataset=own", "trainer.max_epochs=1", config_dir=config)
    assert (tmp_path / "run" / "bundle" / "bundle.json").exists()


def test_labels_are_learned_and_a_row_may_have_any_number_of_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = conf(tmp_path, target=["rain", "wind"])
    metrics = run_in(tmp_path / "run", *RECIPE, config_dir=config)["test"]
    assert metrics["exact_match"] > 0.9
    assert metrics["accuracy"] > metrics["exact_match"]
    assert_the_bundle_gives_what_was_tested(tmp_path / "run")
    assert set(predicted_rows(tmp_path / "run").select("truth_rain", "truth_wind").unique().rows()) == {
        (0, 0),
        (0, 1),
        (1, 0),
        (1, 1),
    }
    assert (tmp_path / "run" / "plots" / "labels.png").exists()
    capsys.readouterr()
    assert exit_code(lambda: predict([f"model={tmp_path / 'run'}", "row=[3.0,0.5]"])) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line[:2] for line in lines] == [["rain", "1"], ["wind", "1"]]


def test_rows_count_as_their_weight_says_in_training_and_in_the_metrics(tmp_path: Path) -> None:
    """Rows of weight 0 say the opposite of the others; in equal number they leave nothing to learn."""
    x = np.random.default_rng(0).normal(size=N)
    opposed = np.arange(N) % 2 == 0
    rows = {"y": np.where((x > 0) ^ opposed, "b", "a").tolist(), "x": x.tolist(), "w": (~opposed * 2.5).tolist()}
    inputs = {"columns": {"numeric": ["x"]}}
    plain = run_in(tmp_path / "plain", *RECIPE, config_dir=table_of(tmp_path, rows, **inputs))["test"]
    weighted = run_in(tmp_path / "run", *RECIPE, config_dir=table_of(tmp_path, rows, weight="w", **inputs))["test"]
    assert plain["accuracy"] < 0.65
    assert weighted["accuracy"] > 0.95
    table = predicted_rows(tmp_path / "run")
    accuracy = reference.accuracy_score(table["truth"], table["prediction"], sample_weight=table["weight"])
    assert weighted["accuracy"] == pytest.approx(accuracy)
    assert reference.accuracy_score(table["truth"], table["prediction"]) < 0.65


def test_equal_weights_change_nothing(tmp_path: Path) -> None:
    runs = []
    for name, weight in (("plain", None), ("weighted", "w")):
        rows = columns() | {"w": [3] * N}
        config = table_of(tmp_path, rows, target="rain", columns={"numeric": ["x1", "x2"]}, weight=weight)
        run_in(tmp_path / name, *RECIPE, "trainer.max_epochs=3", config_dir=config)
        runs.append(predicted_rows(tmp_path / name).drop("weight", strict=False))
    assert_frame_equal(runs[0], runs[1], abs_tol=1e-5)


def test_two_processes_give_the_numbers_of_one_with_weights_and_labels(tmp_path: Path) -> None:
    config = conf(tmp_path, target=["rain", "wind"], weight="count")
    recipe = (*RECIPE, "trainer.max_epochs=3", "trainer.batch_size=7", "model.dropout=0.1")
    options = ("trainer=ddp_sim", "tracking=none", f"--config-dir={config}", "hydra.run.dir=two")
    process = start("src.train", *options, *recipe, cwd=tmp_path)
    out, err = process.communicate(timeout=240)
    assert (process.returncode, err) == (0, ""), out
    run_in(tmp_path / "one", *recipe, config_dir=config)
    assert epochs_of(tmp_path / "two") == 3
    histories = [(tmp_path / name / "history.jsonl").read_text().splitlines() for name in ("two", "one")]
    for mine, row in zip(*histories, strict=True):
        assert json.loads(mine) == pytest.approx(json.loads(row), abs=1e-6)


def test_balanced_sampling_finds_the_rare_class_more_often(tmp_path: Path) -> None:
    """Two overlapping clouds, one with a tenth of the rows."""
    generator = np.random.default_rng(0)
    rare = generator.random(N) < 0.1
    x = generator.normal(size=N) + rare
    config = table_of(tmp_path, {"y": np.where(rare, "rare", "usual").tolist(), "x": x.tolist()})
    plain = run_in(tmp_path / "plain", *RECIPE, config_dir=config)["test"]
    balanced = run_in(tmp_path / "balanced", *RECIPE, "trainer.sampling=balanced", config_dir=config)["test"]
    assert balanced["f1"] > plain["f1"]
    found = predicted_rows(tmp_path / "balanced").filter(pl.col("truth") == "rare")["prediction"]
    assert 2 * (found == "rare").sum() > len(found)
