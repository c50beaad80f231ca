"""Raw rows get the same predictions whichever way they come: the evaluation, files, JSON, an export."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import polars as pl
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from src.config.dataset import Dataset
from src.data.prepare import prepare
from src.exporting.answering import Answering, prediction_of
from src.exporting.fed import coded, fed
from src.exporting.onnx_model import OPSETS
from src.exporting.onnx_texts import codes
from src.inference import Predictor, table
from src.parity import WAYS, of_bundle
from tests.made_up_model import write_bundle

MLP = {"name": "mlp", "hidden": [4]}
NETWORKS: list[dict[str, Any]] = [
    {"name": "linear"},
    MLP | {"norm": "layer"},
    MLP | {"ensemble": 2},
    {"name": "tabm", "n_blocks": 1, "d_block": 4, "members": 2},
    {"name": "ft_transformer", "n_blocks": 1, "d_block": 4, "attention_n_heads": 2},
]
NAMES = ["a b", "ü", 'x"y', "a,b", "北京", "select", "*", "prediction", "probabilities", "it's", "0", "a;b\\c", "ά"]
ODD = ["007", "1", "1.0", "1.50", "-0", "1e3", "True", "no", "null", "NA", " x ", "é", "é", "ß", "🦉", "'", '"', ",", "#"]

texts = st.sampled_from(ODD) | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=4)
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


@settings(max_examples=40, deadline=None, derandomize=True)
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
    ways = WAYS | {"exported module": of_module, "exported codes": of_codes}
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
    onnx.checker.check_model(model) if features.categorical else None
    return predictor.predict(rows)
