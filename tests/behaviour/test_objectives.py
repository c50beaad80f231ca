"""Losses that ask for other outputs than a value or a probability for each class, from the table to the predictions."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from sklearn import metrics as reference

from src.command_line import exit_code
from src.errors import ConfigError, DataError
from src.inference import Predictor
from src.predict import predict
from tests.short_run import config_of, killed_at, result_of, resume, run_in, table_of

N = 900
RECIPE = ("dataset=own", "optimizer.lr=0.02", "trainer.max_epochs=12", "trainer.batch_size=60")


def columns() -> dict[str, Any]:
    """A number whose spread follows from x2, a count and a class with an order."""
    generator = np.random.default_rng(0)
    x1, x2, noise = generator.normal(size=(3, N))
    return {
        "value": (200 + 30 * x1 + 10 * np.exp(x2 / 2) * noise).tolist(),
        "count": generator.poisson(np.exp(2 + x1)).tolist(),
        "grade": np.digitize(2 * x1 + 0.5 * noise, [-2, 0, 1.5]).tolist(),
        "size": [("tiny", "small", "large", "huge")[k] for k in np.digitize(2 * x1 + 0.5 * noise, [-2, 0, 1.5])],
        "x1": x1.tolist(),
        "x2": x2.tolist(),
    }


def conf(folder: Path, **dataset: Any) -> Path:
    return table_of(folder, columns(), **{"columns": {"numeric": ["x1", "x2"]}} | dataset)


def rows_of(run: Path) -> pl.DataFrame:
    """predictions.parquet, after a check that the bundle predicts the same from the raw rows."""
    rows = pl.read_parquet(run / "predictions.parquet")
    answer = Predictor.load(run / "bundle").predict(pl.DataFrame(columns())[rows["row"] - 1].select("x1", "x2"))
    assert_frame_equal(answer, rows.select(answer.columns), check_exact=True)
    return rows


@pytest.mark.parametrize("transform", ["standard", "log", "quantile"])
def test_quantiles_lie_above_their_share_of_the_rows(
    tmp_path: Path, transform: str, capsys: pytest.CaptureFixture[str]
) -> None:
    config = conf(tmp_path, target="value", target_transform=transform)
    metrics = run_in(tmp_path / "run", *RECIPE, "loss=quantile", config_dir=config)["test"]
    rows = rows_of(tmp_path / "run")
    names = [f"prediction_q{level}" for level in (0.1, 0.5, 0.9)]
    assert rows.columns[1:] == ["truth", "prediction", *names]
    below = [(rows["truth"] < rows[name]).mean() for name in names]
    assert below == pytest.approx([0.1, 0.5, 0.9], abs=0.12)
    assert rows["prediction"].equals(rows["prediction_q0.5"])
    pinball = [reference.mean_pinball_loss(rows["truth"], rows[f"prediction_q{p}"], alpha=p) for p in (0.1, 0.5, 0.9)]
    assert metrics["pinball"] == pytest.approx(np.mean(pinball))
    assert metrics["r2"] > 0.7
    capsys.readouterr()
    assert exit_code(lambda: predict([f"model={tmp_path / 'run'}", "row=[0.5,0.5]"])) == 0
    lines = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert lines == ["value", "q0.1", "q0.5", "q0.9"]


def test_the_standard_deviation_of_each_row_is_found_in_units_of_the_target(tmp_path: Path) -> None:
    metrics = run_in(tmp_path / "run", *RECIPE, "loss=gaussian_nll", config_dir=conf(tmp_path, target="value"))["test"]
    rows = rows_of(tmp_path / "run")
    assert rows.columns[1:] == ["truth", "prediction", "prediction_std"]
    true_std = 10 * np.exp(np.array(columns()["x2"])[rows["row"] - 1] / 2)
    assert np.corrcoef(rows["prediction_std"], true_std)[0, 1] > 0.8
    assert rows["prediction_std"].mean() == pytest.approx(true_std.mean(), rel=0.25)
    assert metrics["crps"] < metrics["mae"]


@pytest.mark.parametrize("transform", ["standard", "none"])
def test_rates_of_counts_are_learned(tmp_path: Path, transform: str) -> None:
    config = conf(tmp_path, target="count", task="regression", target_transform=transform)
    metrics = run_in(tmp_path / "run", *RECIPE, "loss=poisson", config_dir=config)["test"]
    rows = rows_of(tmp_path / "run")
    assert (rows["prediction"] > 0).all()
    assert metrics["poisson_deviance"] == pytest.approx(
        reference.mean_poisson_deviance(rows["truth"], rows["prediction"])
    )
    assert metrics["poisson_deviance"] < 1.5  # 1 is what the true rates come to, 10 the mean count


@pytest.mark.parametrize("name", ["coral", "corn"])
@pytest.mark.parametrize("target", ["grade", "size"])
def test_classes_in_an_order_are_learned(tmp_path: Path, name: str, target: str) -> None:
    order = {"classes": ["tiny", "small", "large", "huge"]} if target == "size" else {}
    config = conf(tmp_path, target=target, **order)
    metrics = run_in(tmp_path / "run", *RECIPE, f"loss={name}", config_dir=config)["test"]
    assert metrics["quadratic_kappa"] > 0.85
    rows = rows_of(tmp_path / "run")
    assert metrics["accuracy"] == reference.accuracy_score(rows["truth"], rows["prediction"])
    assert rows.select(pl.col("^probability_.*$")).sum_horizontal().to_list() == pytest.approx([1.0] * len(rows))


def test_thresholds_are_trained_kept_in_the_checkpoint_and_in_the_bundle(tmp_path: Path) -> None:
    recipe = (*RECIPE, "loss=coral", "trainer.max_epochs=3", "trainer.checkpoint_seconds=0")
    config_dir = conf(tmp_path, target="grade")
    run_in(tmp_path / "whole", *recipe, config_dir=config_dir)
    config = config_of(*recipe, config_dir=config_dir)
    with killed_at(2):
        run_in(tmp_path / "run", *recipe, config_dir=config_dir)
    resume(tmp_path / "run", config)
    assert result_of(tmp_path / "run") == result_of(tmp_path / "whole")
    network = Predictor.load(tmp_path / "run" / "bundle").bundle.network
    (bias,) = [weight for key, weight in network.named_parameters() if weight.shape == (3,)]
    assert (bias.diff() < 0).all()
    assert bias.tolist() != pytest.approx([1, 2 / 3, 1 / 3])


def test_a_target_that_is_no_count_is_refused_with_its_row(tmp_path: Path) -> None:
    for wrong, shown in ((-2, "-2"), (0.5, "0.5")):
        counts = [*range(40), wrong, *range(40)]
        config = table_of(tmp_path, {"n": counts, "x": [*range(81)]}, task="regression")
        with pytest.raises(DataError, match=rf"target 'n' row 41: {shown} is no count; loss=poisson requires a whole"):
            run_in(tmp_path / "run", "dataset=own", "loss=poisson", config_dir=config)


@pytest.mark.parametrize(
    ("overrides", "other", "twice"),
    [
        (["loss=gaussian_nll"], "std_count", "prediction_std_count"),
        (["prediction.coverage=0.8"], "lower_count", "lower"),
    ],
)
def test_targets_whose_predictions_would_have_one_name_are_refused(
    tmp_path: Path, overrides: list[str], other: str, twice: str
) -> None:
    rows = columns()
    rows = {other: rows["value"], "count": rows["count"], "x1": rows["x1"]}
    config = table_of(tmp_path, rows, target=[other, "count"], columns={"numeric": ["x1"]})
    with pytest.raises(ConfigError, match=f"dataset.target: two columns of the predictions would be called .*{twice}"):
        run_in(tmp_path / "run", *RECIPE, *overrides, config_dir=config)
    assert not (tmp_path / "run").exists()


def test_words_without_an_order_are_refused_by_losses_that_need_one(tmp_path: Path) -> None:
    sentence = r"loss=corn needs an order of the classes, and those of 'size' are words: .*huge.*: dataset.classes:"
    with pytest.raises(ConfigError, match=sentence):
        run_in(tmp_path / "run", *RECIPE, "loss=corn", config_dir=conf(tmp_path, target="size"))


@pytest.mark.parametrize(
    ("loss", "transform", "reason"),
    [
        ("gaussian_nll", "log", "a standard deviation has no one value in units of the target behind it"),
        ("gaussian_nll", "quantile", "for a skewed target take loss=quantile"),
        ("poisson", "log", "the network gives the logarithm of a rate already"),
    ],
)
def test_units_that_a_loss_cannot_work_in_are_refused(loss: str, transform: str, reason: str) -> None:
    sentence = rf"loss.name: {loss} needs dataset.target_transform: standard or none; with {transform} .*{reason}"
    with pytest.raises(ConfigError, match=sentence):
        config_of(f"loss={loss}", f"dataset.target_transform={transform}")


def test_a_loss_of_another_task_is_refused_before_the_data_are_read_where_the_task_is_named() -> None:
    sentence = "loss.name: corn does not fit dataset.task: regression; required: mse or .* or poisson, or auto"
    with pytest.raises(ConfigError, match=sentence):
        config_of("dataset.task=regression", "loss=corn")


def test_few_counts_are_classes_unless_the_task_is_named(tmp_path: Path) -> None:
    config = table_of(tmp_path, {"n": [0, 1, 2] * 30, "x": [*range(90)]})
    sentence = "loss=poisson does not fit .* multiclass.* If the target is meant to be regression, write it under data"
    with pytest.raises(ConfigError, match=sentence):
        run_in(tmp_path / "run", "dataset=own", "loss=poisson", config_dir=config)


@pytest.mark.parametrize("levels", ["[0.5,0.1]", "[0.5,0.5]"])
def test_levels_that_do_not_ascend_are_refused(levels: str) -> None:
    with pytest.raises(ConfigError, match=r"loss.levels: must ascend, each once; got \[0.5, 0"):
        config_of("loss=quantile", f"loss.levels={levels}")
