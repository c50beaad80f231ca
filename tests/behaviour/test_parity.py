"""Raw rows get the same predictions whichever way they come: the evaluation, files, JSON, an export."""

import json
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import polars as pl
import pytest
import torch
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from src.config.dataset import Dataset
from src.data.example import Example, frame_of, proving
from src.data.prepare import prepare
from src.exporting.answering import Answering, prediction_of
from src.exporting.fed import coded, fed
from src.exporting.onnx_model import OPSETS
from src.exporting.onnx_texts import codes
from src.inference import Predictor, table
from src.parity import FILE, WAYS, kept_rows, of_bundle, of_kept_rows, unit
from src.serving.proof import requested
from src.spec import OutputSpec, PostHoc
from src.task import Task
from tests.made_up_model import prepared_table, write_bundle
from tests.short_run import run_in

MLP = {"name": "mlp", "hidden": [4]}
NETWORKS: list[dict[str, Any]] = [
    {"name": "linear"},
    MLP | {"norm": "layer"},
    MLP | {"ensemble": 2},
    {"name": "tabm", "n_blocks": 1, "d_block": 4, "members": 2},
    {"name": "ft_transformer", "n_blocks": 1, "d_block": 4, "attention_n_heads": 2},
]
NAMES = ["a b", "ü", 'x"y', "a,b", "北京", "select", "*", "prediction", "probabilities", "it's", "0", "a;b\\c", "ά"]
ODD = [
    *("007", "00", "1", "1.0", "1.50", "+5", "-0", ".5", "5.", "1e3", "1e400", "1_000", "12345678901234567890"),
    *("nan", "inf", "Infinity", "True", "no", "null", "NA", " x ", "é", "e\u0301", "ß", "🦉", "'", '"', ",", "#"),
]
PRINTED = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"])

texts = st.sampled_from(ODD) | st.text(PRINTED, min_size=1, max_size=4)
numbers = st.floats(-1e30, 1e30, allow_subnormal=False) | st.sampled_from([0.1, -0.0, 1e-30, 123456789.123])
moments = st.datetimes().map(lambda moment: moment.replace(year=1600 + moment.year % 800)).map(str)
CELLS: dict[str, st.SearchStrategy[Any]] = {
    "numeric": numbers,
    "numbers as categories": st.integers(-3, 12) | st.just(2**53 - 1),
    "fractions as categories": st.sampled_from([0.5, 1.0, 2.25, 1e20]),
    "yes/no": st.booleans(),
    "categorical": texts,
    "ordered": st.sampled_from(["low", "middle", "high"]),
    "datetime": moments,
}
CATEGORICAL = ("numbers as categories", "fractions as categories", "yes/no", "categorical")


@st.composite
def tables(draw: st.DrawFn) -> tuple[pl.DataFrame, dict[str, Any]]:
    """24 rows with two to five columns of any kind, one cell in five missing, and the section `columns` for them."""
    kinds = draw(st.lists(st.sampled_from([*CELLS]), min_size=2, max_size=5))
    names = draw(st.lists(st.sampled_from(NAMES), min_size=len(kinds), max_size=len(kinds), unique=True))
    columns: dict[str, Any] = {"numeric": [], "categorical": [], "ordered": {}, "datetime": []}
    series = [pl.Series("y", ["u", "v", "w"] * 8)]
    for name, kind in zip(names, kinds, strict=True):
        some = draw(st.lists(CELLS[kind], min_size=2, max_size=6))
        places = draw(st.lists(st.integers(0, len(some)), min_size=24, max_size=24))
        cells = [some[0], *([*some, None][place] for place in places[1:])]
        series.append(pl.Series(name, [*cells[:12], *some[:1], *cells[13:]]))
        if kind == "ordered":
            columns["ordered"][name] = ["low", "middle", "high"]
        else:
            columns["categorical" if kind in CATEGORICAL else kind].append(name)
    return pl.DataFrame(series), columns


@settings(max_examples=15, deadline=None, derandomize=True, phases=[Phase.generate])
@given(made=tables(), network=st.sampled_from(NETWORKS))
def test_every_way_gives_the_same_predictions_for_any_table(
    made: tuple[pl.DataFrame, dict[str, Any]], network: dict[str, Any]
) -> None:
    frame, columns = made
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        frame.write_parquet(folder / "t.parquet")
        section = {"name": "t", "path": "t.parquet", "target": "y", "columns": columns, "scale": "minmax"}
        markers = {"missing": {"markers": ["NA", "2"], "indicator": True}, "split": {"by": "random", "seed": 1}}
        prepared = prepare(Dataset.model_validate(section | markers), folder)
        write_bundle(folder / "bundle", prepared, network)
        predictor = Predictor.load(folder / "bundle")
    ways = WAYS | {"requests": requested, "exported module": of_module, "exported codes": of_codes}
    parity = of_bundle(predictor, prepared.parts["test"], ways)
    assert not parity.failures
    exact = {way: difference for way, difference in parity.differences.items() if way != "exported module"}
    assert set(exact.values()) == {0.0}


def of_module(predictor: Predictor, rows: pl.DataFrame) -> pl.DataFrame:
    """What both formats are made from, before torch follows it."""
    answering = Answering(predictor.bundle.network, predictor.features)
    cells = [torch.tensor(coded(each, rows, predictor.features)) for each in answering.inputs.given]
    with torch.no_grad():
        return table(prediction_of(answering.answers(*cells), predictor.features.output), predictor.features.output)


def of_codes(predictor: Predictor, rows: pl.DataFrame) -> pl.DataFrame:
    """The part of ONNX that torch does not make: texts of cells to codes."""
    features = predictor.features
    for each in Answering(predictor.bundle.network, features).inputs.given:
        if each.kind == "text":
            graph = helper.make_graph(
                [*codes(each, "cell", "code")],
                "codes",
                [helper.make_tensor_value_info("cell", TensorProto.STRING, ["rows", 1])],
                [helper.make_tensor_value_info("code", TensorProto.INT64, ["rows", 1])],
            )
            opsets = [helper.make_opsetid(domain, version) for domain, version in OPSETS.items()]
            model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
            session = onnxruntime.InferenceSession(model.SerializeToString())
            found = session.run(None, {"cell": fed(each, rows, features)})[0]
            np.testing.assert_array_equal(found, coded(each, rows, features), err_msg=each.name)
    return predictor.predict(rows)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained") / "run"
    run_in(folder, "dataset=penguins", "model.hidden=[4]", "trainer.max_epochs=1")
    return folder


def test_a_run_proves_its_bundle_and_writes_down_what_it_found(run: Path) -> None:
    found = json.loads((run / "bundle" / FILE).read_text())
    assert found["largest_difference"] == dict.fromkeys(WAYS, 0.0)
    assert found["rows"] == 32
    assert found["failures"] == {}
    assert "- 32 raw rows of the test part are answered as in the evaluation" in (run / "bundle/README.md").read_text()
    assert "NOT ALIKE" not in (run / "log.txt").read_text()


def test_the_rows_that_a_bundle_keeps_are_the_first_of_the_test_part(run: Path) -> None:
    predictor = Predictor.load(run / "bundle")
    answers, written = predictor.predict(kept_rows(predictor)), pl.read_parquet(run / "predictions.parquet")
    probabilities = pl.col("^probability_.*$")
    np.testing.assert_allclose(answers.select(probabilities), written.head(32).select(probabilities), atol=1e-6)


def test_a_way_that_answers_otherwise_is_named_with_its_row(run: Path) -> None:
    predictor = Predictor.load(run / "bundle")

    def other(predictor: Predictor, rows: pl.DataFrame) -> pl.DataFrame:
        return predictor.predict(rows).with_columns(pl.col("probability_Gentoo").shift(1, fill_value=0))

    def refused(predictor: Predictor, rows: pl.DataFrame) -> pl.DataFrame:
        return predictor.predict(rows.drop("body_mass_g"))

    found = of_kept_rows(predictor, {"other": other, "refused": refused, "JSON": WAYS["JSON"]})
    assert found.failures["other"].startswith("other: row 1 of those that the bundle keeps gets probability_Gentoo 0.0")
    assert "no column 'body_mass_g'" in found.failures["refused"]
    assert found.sentences()[0].endswith("(largest difference: JSON 0)")
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["largest_difference"]["other"] > 1e-6


def test_rounding_may_be_as_large_as_steep_curves_make_it() -> None:
    plain = OutputSpec(("y",), Task.BINARY, ("a", "b"))
    values = pl.Series([0.2, 0.7])
    steep = {0.01: 80.0, 1e-9: 1000.0, 0.9: 1.0}
    for width, stretched in steep.items():
        curve = ((0.1, 0.1 + width), (0.1, 0.9))
        assert unit(values, replace(plain, post_hoc=PostHoc(curves=(curve,)))) == pytest.approx(stretched)
    assert unit(values, plain) == 1


def test_few_rows_of_a_wide_table_are_kept() -> None:
    assert [proving(columns) for columns in (1, 128, 1000, 100_000)] == [32, 32, 4, 1]


def test_cells_that_json_has_not_are_kept_as_what_they_mean() -> None:
    example = Example(np.array([0, 1]))
    example.add(pl.DataFrame({"x": [float("nan"), 1.5], "y": [float("inf"), 2.0], "day": [date(2024, 5, 31), None]}))
    assert example.rows(["x", "y", "day"]) == [
        {"x": None, "y": "inf", "day": "2024-05-31"},
        {"x": 1.5, "y": 2.0, "day": None},
    ]
    assert frame_of(example.rows(["x", "y"])).to_dict(as_series=False) == {"x": [None, 1.5], "y": ["inf", "2.0"]}


def test_a_server_that_knows_yes_and_no_as_1_and_0_gets_the_same_answers(tmp_path: Path) -> None:
    section = {"columns": {"categorical": ["flag"]}, "derive": {}}
    write_bundle(tmp_path / "bundle", prepared_table(tmp_path, "kind", **section), MLP)
    predictor = Predictor.load(tmp_path / "bundle")
    as_bools = predictor.predict(pl.DataFrame({"flag": [True, False, None]}))
    assert predictor.predict_plain({"flag": [1.0, 0, None]}).equals(as_bools)
    assert predictor.predict_plain({"flag": [True, False, None]}).equals(as_bools)
    assert as_bools["probability_u"].n_unique() == 3


def test_a_run_whose_bundle_answers_otherwise_says_so_at_its_end_in_its_card_and_on_its_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(WAYS, "CSV", lambda predictor, rows: predictor.predict(rows.reverse()))
    run = tmp_path / "run"
    run_in(run, "dataset=penguins", "model.hidden=[4]", "trainer.max_epochs=1", "evaluation.report=true")
    (sentence,) = json.loads((run / "bundle" / FILE).read_text())["failures"].values()
    *_, last, _ = (run / "log.txt").read_text().splitlines()
    assert last == f"NOT ALIKE: {sentence}"
    assert f"- NOT ALIKE: {sentence}" in (run / "bundle" / "README.md").read_text()
    head, _, rest = (run / "report.html").read_text().partition("<nav>")
    assert f'<p class="warning">NOT ALIKE: {sentence}</p>' in head
    assert "32 raw rows of the test part are answered as in the evaluation" in rest
