"""What is fitted on the validation rows is in the bundle, and in every answer that comes of it."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from polars.testing import assert_frame_equal

from src.bundle import Bundle
from src.comparison.answers import answers_of
from src.comparison.finished import finished
from src.config.compose import compose
from src.config.metric import METRICS
from src.config.prediction import Prediction
from src.config.saved import load
from src.data.prepare import prepare
from src.errors import ConfigError, DataError
from src.inference import Predictor, answers
from src.machine import ROOT
from src.out_of_fold import summarise
from src.post_hoc.check import check
from src.post_hoc.fit import fit_post_hoc
from src.predict import predict
from src.side_by_side import train
from src.spec import OutputSpec, PostHoc
from src.task import Task
from src.tracking.logged_model import signature
from tests.short_run import ALWAYS, run_in, table_of

N = 700
RECIPE = ("dataset=own", "optimizer.lr=0.02", "trainer.max_epochs=3", "trainer.batch_size=60", "trainer.compile=false")
ALL = ("prediction.calibration=isotonic", "prediction.coverage=0.8", "prediction.decision={by: metric, metric: mcc}")
Run = tuple[Path, dict[str, dict[str, float]], str]


def columns() -> dict[str, list[Any]]:
    generator = np.random.default_rng(0)
    x1, x2, noise = generator.normal(size=(3, N))
    return {
        "sick": [("no", "yes")[k] for k in (x1 + noise > 1.2).astype(int)],
        "grade": [("low", "middle", "high")[k] for k in np.digitize(x1 + 0.7 * noise, [-0.7, 1.1])],
        "price": np.exp(2 + 0.5 * x1 + 0.3 * np.exp(x2 / 2) * noise).tolist(),
        "x1": x1.tolist(),
        "x2": x2.tolist(),
    }


def conf(folder: Path, target: str, **dataset: Any) -> Path:
    return table_of(folder, columns(), **{"target": target, "columns": {"numeric": ["x1", "x2"]}} | dataset)


def run(folder: Path, target: str, *overrides: str, **dataset: Any) -> Run:
    metrics = run_in(folder / "run", *RECIPE, *overrides, config_dir=conf(folder, target, **dataset))
    return folder / "run", metrics, (folder / "run" / "log.txt").read_text()


@pytest.fixture(scope="module")
def sick(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(tmp_path_factory.mktemp("sick"), "sick", *ALL)


@pytest.fixture(scope="module")
def grade(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Of an ensemble."""
    costs = "prediction.decision={by: costs, costs: [[0, 1, 2], [1, 0, 1], [2, 1, 0]]}"
    others = ("prediction.calibration=temperature", "prediction.coverage=0.9", "prediction.coverage_per_class=true")
    return run(tmp_path_factory.mktemp("grade"), "grade", costs, *others, "model.ensemble=2")


@pytest.fixture(scope="module")
def price(tmp_path_factory: pytest.TempPathFactory) -> Run:
    chosen = ("loss=quantile", "prediction.coverage=0.9")
    return run(tmp_path_factory.mktemp("price"), "price", *chosen, target_transform="log")


@pytest.fixture(params=["sick", "grade", "price"])
def each(request: pytest.FixtureRequest) -> Run:
    found: Run = request.getfixturevalue(request.param)
    return found


def test_the_bundle_predicts_what_the_test_rows_were_measured_by(each: Run) -> None:
    folder, metrics, _ = each
    rows = pl.read_parquet(folder / "predictions.parquet")
    answer = Predictor.load(folder / "bundle").predict(pl.DataFrame(columns())[rows["row"] - 1].select("x1", "x2"))
    assert_frame_equal(answer, rows.select(answer.columns), check_exact=True)
    if "prediction_set" in rows.columns:
        inside = [truth in names for truth, names in rows.select("truth", "prediction_set").iter_rows()]
        assert all(chosen in names for chosen, names in rows.select("prediction", "prediction_set").iter_rows())
        assert metrics["test"]["set_size"] == rows["prediction_set"].list.len().mean()
    else:
        inside = rows.select(pl.col("truth").is_between("prediction_lower", "prediction_upper"))["truth"].to_list()
        width = (rows["prediction_upper"] - rows["prediction_lower"]).mean()
        assert metrics["test"]["interval_width"] == pytest.approx(width)
        assert (rows["prediction_lower"] < rows["prediction"]).all()
    assert metrics["test"]["coverage"] == np.mean(inside)


def test_it_is_fitted_on_the_validation_rows_of_the_finished_network(each: Run) -> None:
    folder, _, _ = each
    config, bundle = load(folder / "config.yaml"), Bundle.load(folder / "bundle")
    part, output = prepare(config.dataset, ROOT).parts["validation"], bundle.features.output
    said = answers(bundle.network, replace(output, post_hoc=PostHoc()), part.x_num, part.x_cat)
    assert output.post_hoc == fit_post_hoc(config.prediction, said, part.y, None, output)
    assert len(output.post_hoc.radius) == max(1, len(output.classes))


def test_the_run_and_the_model_card_say_what_was_fitted(sick: Run, grade: Run, price: Run) -> None:
    of_sick = [r"isotonic curves, knots \d+", r"yes from above a probability of 0\.\d+", "sets for 80 % of the rows"]
    of_grade = [r"temperature \d+\.\d+", r"expected cost of \[\[0\.0, 1\.0, 2\.0\]", r"at least high 0\.\d+, low 0\."]
    of_price = [r"90 % of the rows: from the lowest quantile to the highest, .* outwards by -?\d", r"log\(1 \+ \|"]
    for (folder, metrics, log), sentences in ((sick, of_sick), (grade, of_grade), (price, of_price)):
        card = (folder / "bundle" / "README.md").read_text()
        for sentence in sentences:
            assert re.search(sentence, log)
            assert re.search(sentence, card)
        assert "Fitted after the training, on the same validation rows:" in card
        assert f"coverage {metrics['test']['coverage']:.4g}" in log


def test_sets_are_lists_in_parquet_and_names_with_bars_in_csv_and_in_a_single_row(
    grade: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = grade[0]
    pl.DataFrame(columns()).head(50).write_csv(tmp_path / "new.csv")
    for name in ("out.parquet", "out.csv"):
        predict([f"model={folder}", f"input={tmp_path / 'new.csv'}", f"output={tmp_path / name}"])
    lists, texts = pl.read_parquet(tmp_path / "out.parquet"), pl.read_csv(tmp_path / "out.csv")
    assert lists["prediction_set"].list.join("|").equals(texts["prediction_set"])
    assert (lists["prediction_set"].list.len() > 1).any()
    first = columns()
    capsys.readouterr()
    predict([f"model={folder}", f"row=[{first['x1'][0]},{first['x2'][0]}]"])
    assert capsys.readouterr().out.splitlines()[-1].split() == ["set", texts["prediction_set"][0]]


def test_intervals_are_shown_for_a_single_row(price: Run, capsys: pytest.CaptureFixture[str]) -> None:
    predict([f"model={price[0]}", "row=[0.5,0.5]"])
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [name for name, _ in lines] == ["price", "q0.1", "q0.5", "q0.9", "lower", "upper"]


def test_the_signature_of_the_served_model_names_every_column(each: Run) -> None:
    predictor = Predictor.load(each[0] / "bundle")
    answer = predictor.predict(pl.DataFrame(columns()).select("x1", "x2").head(3))
    named = signature(predictor.features.raw_columns, predictor.features.output).outputs
    assert {*answer.columns} == {*named.input_names()}


def test_finished_runs_are_compared_by_what_they_answered(each: Run) -> None:
    found = answers_of(finished(each[0]))
    metrics = {name: value for name, value in each[1]["test"].items() if name in METRICS}
    assert found.metrics([*metrics]) == pytest.approx(metrics)


def test_runs_side_by_side_and_folds_together_have_it_too(tmp_path: Path) -> None:
    config, folders = conf(tmp_path, "grade"), {how: tmp_path / how for how in ("none", "temperature")}
    same = (*ALWAYS, *RECIPE, "model.hidden=[8]", "prediction.coverage=0.8")
    for_each = ([f"prediction.calibration={how}", f"hydra.run.dir={folder}"] for how, folder in folders.items())
    train([(compose([*same, *own], config), {}) for own in for_each])
    one, other = (json.loads((folder / "metrics.json").read_bytes())["test"] for folder in folders.values())
    assert one["accuracy"] == other["accuracy"]
    assert one["log_loss"] != other["log_loss"]
    bundles = [Bundle.load(folder / "bundle") for folder in folders.values()]
    assert [len(bundle.features.output.post_hoc.temperature) for bundle in bundles] == [0, 1]
    spread = summarise(tmp_path, [*folders.values()])
    assert spread["test"]["coverage"]["mean"] == pytest.approx((one["coverage"] + other["coverage"]) / 2)
    assert pl.read_parquet(tmp_path / "predictions.parquet").schema["prediction_set"] == pl.List(pl.String)


@pytest.mark.parametrize(
    ("overrides", "error", "sentence"),
    [
        ("coverage=0.995", DataError, r"coverage: 0.995 needs at least 199 validation rows, there are 106"),
        ("decision={by: threshold, threshold: 0.4}", ConfigError, r"decision.by: threshold .* there are 3 classes"),
        ("decision={by: costs, costs: [[0, 1], [5, 0]]}", ConfigError, r"decision.costs: 2 rows of 2 numbers"),
    ],
)
def test_what_the_data_cannot_give_is_said_before_the_training(
    overrides: str, error: type[Exception], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=f"prediction.{sentence}"):
        run(tmp_path, "grade", f"prediction.{overrides}")
    assert not (tmp_path / "run").exists()


def test_rows_of_all_kinds_are_needed_where_classes_are_told_apart() -> None:
    output, y = OutputSpec(("kind",), Task.BINARY, ("no", "yes")), torch.tensor([0, 0, 1])
    without = torch.tensor([1.0, 1, 0])  # the only yes does not count
    isotonic = Prediction(calibration="isotonic")
    check(isotonic, y, None, output)
    with pytest.raises(DataError, match=r"calibration: isotonic needs .* with and without 'no'; 2 of 2 have it"):
        check(isotonic, y, without, output)
    best = Prediction.model_validate({"decision": {"by": "metric", "metric": "f1"}})
    with pytest.raises(DataError, match=r"prediction.decision.metric: the best f1 needs validation rows with"):
        check(best, y, without, output)
