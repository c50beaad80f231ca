"""An exported file answers raw rows as the model does, without Rookery."""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import polars as pl
import pytest
import torch

from src import export as command
from src import model_folder
from src.errors import ConfigError, MachineError
from src.exporting.answering import Answering
from src.exporting.export import export
from src.exporting.fed import fed
from src.exporting.loss import loss_of
from src.exporting.pt2 import Pt2Answers, pt2_file
from src.exporting.traced import traced
from src.heads.head import Prediction
from src.inference import Predictor
from src.parity import kept_rows
from src.spec import PostHoc
from tests.made_up_model import prepared_table, write_bundle
from tests.pickles import pickles
from tests.short_run import run_in

FEW = {"numeric": ["mass (g)"], "categorical": ["colour"]}
MLP = {"name": "mlp", "hidden": [6]}


def made(folder: Path, target: str | list[str], model: dict[str, Any], loss: Any = None, **dataset: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    write_bundle(folder / "bundle", prepared_table(folder, target, **dataset), model, loss)
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a model with every kind of column, exported to m.onnx, m.pt2 and m.zip."""
    folder = made(tmp_path_factory.mktemp("run"), "kind", MLP)
    for format, suffix in command.SUFFIXES.items():
        command.export([f"model={folder}", f"format={format}", f"output={folder / 'm'}{suffix}"])
    return folder


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained") / "run"
    run_in(folder, "dataset=penguins", "model.hidden=[128,128]", "trainer.max_epochs=1")
    return folder


NETWORKS: dict[str, tuple[str | list[str], dict[str, Any], Any, dict[str, Any]]] = {
    "linear": ("kind", {"name": "linear"}, {"name": "coral"}, {"columns": {"categorical": ["code"]}, "derive": {}}),
    "mlp": (
        "price",
        MLP | {"hidden": [6, 6], "residual": True, "norm": "batch", "activation": "softplus"},
        {"name": "quantile", "levels": [0.1, 0.5, 0.9]},
        {"target_transform": "quantile", "columns": {"numeric": ["mass (g)"]}, "derive": {}, "log": ["mass (g)"]},
    ),
    "resnet": (["price", "cost"], {"name": "resnet", "n_blocks": 1, "d_block": 8}, {"name": "gaussian_nll"}, {}),
    "tabm": (
        "sick",
        {"name": "tabm", "n_blocks": 2, "d_block": 8, "members": 3, "numeric_embedding": {"name": "piecewise_linear"}},
        None,
        {"scale": "quantile"},
    ),
    "realmlp": ("cost", {"name": "realmlp", "hidden": [8]}, None, {"scale": "robust", "target_transform": "log"}),
    "ft_transformer": (
        ["one", "two"],
        {"name": "ft_transformer", "n_blocks": 1, "d_block": 8, "attention_n_heads": 2},
        None,
        {},
    ),
    "corn": (
        "kind",
        MLP | {"ensemble": 2},
        {"name": "corn"},
        {"columns": {"categorical": ["prediction"]}, "derive": {"prediction": "upper(colour)"}},
    ),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_onnx_of_every_network_and_head_is_proved(tmp_path: Path, name: str) -> None:
    target, model, loss, dataset = NETWORKS[name]
    folder = made(tmp_path, target, model, loss, **({"columns": FEW, "derive": {}} | dataset))
    sentence, *cost = export(folder / "bundle", "onnx", tmp_path / "m.onnx", int8=name == "realmlp")
    assert [each.partition(",")[0] for each in cost] == ["then int8"] * (name == "realmlp")  # with stacks of matrices
    assert re.fullmatch(r"\d+ raw rows .* \(largest difference: onnx \S+\)", sentence)
    onnx.checker.check_model(tmp_path / "m.onnx", full_check=True)
    session = onnxruntime.InferenceSession(tmp_path / "m.onnx")
    outputs = [each.name for each in session.get_outputs()]
    assert outputs == list(json.loads(session.get_modelmeta().custom_metadata_map["rookery"])["outputs"])
    assert outputs[0] == ("prediction_" if name == "corn" else "prediction")  # a column has that name there


def test_onnx_takes_one_input_for_each_raw_column_and_gives_names_of_classes(run: Path) -> None:
    session = onnxruntime.InferenceSession(run / "m.onnx")
    kinds = {each.name: (each.type, each.shape) for each in session.get_inputs()}
    double, string, date = (f"tensor({kind})" for kind in ("double", "string", "int64"))
    expected = dict.fromkeys(["mass (g)", "height"], double) | {"size": string, "when": date}
    expected |= dict.fromkeys(["colour", "code", "flag"], string)
    assert kinds == {name: (kind, ["rows", 1]) for name, kind in expected.items()}
    one_row = {
        "mass (g)": np.array([[51.5]]),
        "height": np.array([[np.nan]]),
        "size": np.array([["m"]], object),
        "when": np.array([["2024-02-29"]], "datetime64[us]").astype(np.int64),
        "colour": np.array([["北"]], object),
        "code": np.array([["2.0"]], object),
        "flag": np.array([["True"]], object),
    }
    prediction, probabilities = session.run(None, one_row)
    assert prediction.shape == (1,)
    assert prediction[0] in ("u", "v", "w")
    row = {"mass (g)": 51.5, "height": None, "size": "m", "when": "2024-02-29", "colour": "北", "code": 2, "flag": True}
    answer = Predictor.load(run / "bundle").predict_plain({name: [cell] for name, cell in row.items()})
    assert answer["prediction"][0] == prediction[0]
    np.testing.assert_allclose(answer.select("^probability_.*$").to_numpy(), probabilities, atol=1e-6)


@pytest.mark.parametrize("text", ["1e400", "-1e-400", "0." + "0" * 400 + "1", "9" * 400, "x" * 100_000, "1e"])
def test_a_text_that_no_runtime_could_take_for_a_number_is_a_category_never_seen(run: Path, text: str) -> None:
    session, rows = onnxruntime.InferenceSession(run / "m.onnx"), kept_rows(predictor := Predictor.load(run / "bundle"))
    given = Answering(predictor.bundle.network, predictor.features).inputs.given
    cells = {each.name: fed(each, rows, predictor.features) for each in given}
    cells["colour"][:] = text
    answers = predictor.predict(rows.with_columns(colour=pl.lit(text))).select("^probability_.*$")
    np.testing.assert_allclose(session.run(["probabilities"], cells)[0], answers.to_numpy(), atol=1e-6)


@pytest.mark.parametrize(
    ("name", "alike"),
    [
        ("code", ["1", "1.0", "1e0", "+1"]),
        ("colour", ["1.5", "1.50", "15e-1"]),
        ("flag", ["true", "TRUE", "True"]),
        ("colour", ["pink", "7", "0007"]),
        ("colour", ["", "NA"]),
        ("code", ["", "-999"]),
    ],
)
def test_onnx_reconciles_texts_as_the_encoders_do(run: Path, name: str, alike: list[str]) -> None:
    session = onnxruntime.InferenceSession(run / "m.onnx")
    empty = {"tensor(double)": np.nan, "tensor(string)": "", "tensor(int64)": -(2**63)}
    count = len(alike)
    cells = {
        each.name: np.full((count, 1), empty[each.type], object if "str" in each.type else None)
        for each in session.get_inputs()
    }
    cells[name] = np.array(alike, object).reshape(-1, 1)
    probabilities = session.run(["probabilities"], cells)[0]
    assert (probabilities == probabilities[0]).all()
    missing = {column: [None] * count for column in cells} | {name: alike}
    frame = Predictor.load(run / "bundle").predict_plain(missing) if name == "colour" else None
    if frame is not None:
        np.testing.assert_allclose(frame.select("^probability_.*$").to_numpy(), probabilities, atol=1e-6)


def test_pt2_runs_with_torch_alone(run: Path) -> None:
    code = re.search(r"```python\n(.*?)```", (run / "m.pt2.md").read_text(), re.DOTALL)
    assert code is not None
    alone = f"{code[1]}\nimport sys\nassert not [name for name in sys.modules if name.startswith('src')]"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", alone], capture_output=True, text=True, cwd=run, check=True
    )
    assert "probabilities" in done.stdout


def test_the_cards_code_asks_onnx(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = re.search(r"```python\n(.*?)```", (run / "m.onnx.md").read_text(), re.DOTALL)
    assert code is not None
    monkeypatch.chdir(run)
    exec(code[1], {})
    assert "probabilities" in capsys.readouterr().out


def test_a_file_says_where_it_comes_from_and_what_was_proved(run: Path) -> None:
    model = onnx.load(run / "m.onnx")
    said = {each.key: each.value for each in model.metadata_props}
    about = json.loads(said["rookery"])
    assert json.loads(said["classes"]) == about["classes"] == ["u", "v", "w"]
    assert said["run"] == about["run"] == "0" * 32
    assert said["config_hash"] == "0" * 16
    assert about["format"] == 1
    assert "largest difference" in about["proved"][0]
    assert about["proved"][0] in (run / "m.onnx.md").read_text()
    with zipfile.ZipFile(run / "m.pt2") as archive:
        (name,) = [each for each in archive.namelist() if each.endswith("extra/rookery.json")]
        inputs = json.loads(archive.read(name))["inputs"]
    assert inputs[-2]["known"] == ["1", "2", "3", "10"]
    assert "counted from 2" in inputs[-2]["cells"]


def test_nothing_that_leaves_is_pickled(run: Path, tmp_path: Path) -> None:
    assert not pickles(run)
    torch.save({"x": torch.ones(2)}, tmp_path / "harmless.bin")
    assert pickles(tmp_path) == ["harmless.bin/harmless/data.pkl"]


def test_an_exported_bundle_is_a_model(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_folder, "ROOT", tmp_path)
    folder = model_folder.bundle_folder(str(run / "m.zip"))
    rows = kept_rows(Predictor.load(run / "bundle"))
    assert Predictor.load(folder).predict(rows).equals(Predictor.load(run / "bundle").predict(rows))
    assert folder.is_relative_to(tmp_path / ".cache")


def test_int8_says_what_it_costs_on_the_test_rows(trained: Path, tmp_path: Path) -> None:
    proved, cost = export(trained / "bundle", "onnx", tmp_path / "small.onnx", int8=True)
    assert "largest difference" in proved
    measured = json.loads((trained / "metrics.json").read_text())["test"]
    rows = pl.read_parquet(trained / "predictions.parquet").height
    found = re.search(r"then int8, ([\d,]+) bytes in place of ([\d,]+); on (\d+) test rows: accuracy (\S+) → ", cost)
    assert found is not None
    assert int(found[1].replace(",", "")) < int(found[2].replace(",", "")) / 2
    assert int(found[3]) == rows
    assert float(found[4]) == pytest.approx(measured["accuracy"], abs=1e-4)
    assert f"log_loss {measured['log_loss']:.4g} → " in cost
    assert cost in (tmp_path / "small.onnx.md").read_text()


def test_int8_without_the_data_is_compared_on_the_rows_that_the_bundle_keeps(trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained / "bundle", tmp_path / "bundle")
    predictor = Predictor.load(tmp_path / "bundle")
    answering = Answering(predictor.bundle.network, predictor.features)
    module = Pt2Answers(pt2_file(traced(answering), {}), answering)
    assert loss_of(module, predictor, tmp_path / "bundle") == (
        "on the rows that the bundle keeps (its run or the data is not here): probabilities change by 0 at most, "
        "32 of 32 classes stay"
    )


def test_a_file_that_would_answer_otherwise_is_not_left(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = Pt2Answers.__call__

    def wrong(self: Any, *arguments: Any) -> Prediction:
        found = right(self, *arguments)
        return Prediction(found.point, found.probability + 1e-5)

    monkeypatch.setattr(Pt2Answers, "__call__", wrong)
    with pytest.raises(
        MachineError, match="No file was written, since it would not answer as the model: pt2: row 1 of"
    ):
        export(run / "bundle", "pt2", tmp_path / "m.pt2")
    assert not list(tmp_path.iterdir())


def test_sets_of_classes_are_exported_and_a_row_on_their_edge_is_in_them_everywhere(tmp_path: Path) -> None:
    """Rows that are alike lie exactly on the edge, where a file of another program rounds otherwise."""
    prepared = prepared_table(tmp_path, "kind", columns=FEW, derive={})
    write_bundle(tmp_path / "b", prepared, MLP)
    first = Predictor.load(tmp_path / "b")
    edge = 1 - first.predict(kept_rows(first))["probability_u"][0]
    for radius in (edge, edge - 1e-9):
        output = replace(prepared.features.output, post_hoc=PostHoc(coverage=0.8, radius=(radius,) * 3))
        write_bundle(tmp_path / "b", replace(prepared, features=replace(prepared.features, output=output)), MLP)
        predictor = Predictor.load(tmp_path / "b")
        assert "u" in predictor.predict(kept_rows(predictor))["prediction_set"][0]
    for format in ("onnx", "pt2"):
        (sentence,) = export(tmp_path / "b", format, tmp_path / f"m.{format}")
        assert "are answered as in the evaluation" in sentence
    session = onnxruntime.InferenceSession(tmp_path / "m.onnx")
    rows = {"mass (g)": np.array([[50.0], [np.nan]]), "colour": np.array([["rot"], ["new"]], object)}
    (sets,) = session.run(["prediction_set"], rows)
    answers = predictor.predict(pl.DataFrame({"mass (g)": [50.0, None], "colour": ["rot", "new"]}))
    assert [[name for name, there in zip("uvw", row, strict=True) if there] for row in sets] == [
        *answers["prediction_set"].to_list()
    ]
    assert "- `prediction_set`: bool [n, 3], which classes are in the set" in (tmp_path / "m.onnx.md").read_text()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["format=tflite", "output=m.tflite"], "format=tflite: must be one of onnx, pt2, bundle"),
        (["format=onnx", "output=m.pt2"], r"output=m.pt2: must end in .onnx for format=onnx"),
        (["format=onnx", "output=nowhere/m.onnx"], "output=nowhere/m.onnx: the folder nowhere does not exist"),
        (
            ["format=pt2", "output=m.pt2", "quantize=int8"],
            "quantize: has an effect with format=onnx only, not with pt2",
        ),
        (["format=onnx", "output=m.onnx", "quantize=int4"], "quantize=int4: must be int8"),
        (["format=onnx", "output=m.onnx", "quantise=int8"], "did you mean quantize"),
        (["format=onnx", "output=m.onnx", "allow_custom=yes"], "allow_custom=yes: must be true or false"),
    ],
)
def test_wrong_options_are_explained(options: list[str], sentence: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(sentence) if "\\" not in sentence else sentence):
        command.export(["model=run", *options])


def test_a_network_of_ones_own_that_torch_cannot_follow_is_explained(run: Path) -> None:
    predictor = Predictor.load(run / "bundle")
    answering = Answering(predictor.bundle.network, predictor.features)

    class Choosing(torch.nn.Module):
        def forward(self, x_num: torch.Tensor, _x_cat: torch.Tensor) -> torch.Tensor:
            return x_num[:, :3] if float(x_num.sum()) > 0 else -x_num[:, :3]

    answering.network = Choosing()
    with pytest.raises(ConfigError, match="torch cannot follow Choosing"):
        traced(answering)
