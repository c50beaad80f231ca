import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch
from mlflow import MlflowClient
from mlflow.entities import LoggedModel

from src import bundle
from src.config.columns import Columns
from src.config.dataset import Dataset
from src.config.missing import Missing
from src.data.prepare import prepare
from src.inference import Predictor, table
from src.models.build import build
from src.models.ensemble import state_of
from src.outputs import predicted, with_head
from src.spec import OutputSpec
from src.task import Task
from src.tracking.logged_model import NEEDED, import_closure, pinned, signature
from src.tracking.sync import sync
from tests.made_up_run import make_run, update
from tests.pickles import pickles

MODEL = {"name": "mlp", "hidden": [3], "activation": "relu", "dropout": 0.0, "norm": "none"}
ROWS: list[dict[str, Any]] = [
    {"bill": 37, "mass": 3000.5, "island": "Biscoe"},
    {"bill": None, "mass": 3100.5, "island": None},
    {"bill": 40, "mass": None, "island": "unseen"},
]

SERVED = """
import json, sys, warnings
warnings.simplefilter("ignore")
import mlflow.pyfunc
from mlflow.pyfunc.scoring_server import invocations
model = mlflow.pyfunc.load_model(sys.argv[1])
schema, answers = model.metadata.get_input_schema(), []
for body in json.loads(sys.stdin.read()):
    try:
        answers.append(json.loads(invocations(body, "application/json", model, schema).response))
    except mlflow.exceptions.MlflowException as error:
        answers.append({"status": error.get_http_status_code(), "message": error.message})
import src.inference
print(json.dumps({"answers": answers, "code": src.inference.__file__, "lightning": "pytorch_lightning" in sys.modules}))
"""


def write_bundle(folder: Path, target: str | list[str], members: int = 1) -> Predictor:
    """Of networks with their initial weights."""
    species = ["a", "b", "c"] * 10
    table = pl.DataFrame(
        {
            "bill": [float(row % 7) if row % 5 else None for row in range(30)],
            "mass": [3000.0 + row for row in range(30)],
            "island": ["Biscoe", "Dream", None] * 10,
            "species": species,
            "size": [1.5 * row for row in range(30)],
            "mass index": [100.0 - row**2 for row in range(30)],
            "heavy": [0, 1] * 15,
            "wild one": ["no", "no", "yes"] * 10,
        }
    )
    table.write_csv(folder.parent / "table.csv")
    columns = Columns(numeric=["bill", "mass"], categorical=["island"])
    dataset = Dataset(name="p", path="table.csv", target=target, columns=columns, missing=Missing())
    features = prepare(dataset, folder.parent).features
    networks = [build(MODEL, features.input, features.output.d_out) for _ in range(members)]
    weights = state_of([dict(network.state_dict()) for network in networks])
    bundle.write(folder, weights, features, MODEL | {"ensemble": members}, {"example": ROWS})
    return Predictor.load(folder)


def models(client: MlflowClient, record: dict[str, Any]) -> list[LoggedModel]:
    found = client.search_logged_models([record["experiment_id"]], f"source_run_id = '{record['run_id']}'")
    return list(found)


@pytest.mark.parametrize(
    ("target", "members"), [("species", 1), ("size", 1), (["size", "mass index"], 3), (["heavy", "wild one"], 1)]
)
def test_the_model_answers_raw_rows_as_the_bundle_does_outside_the_checkout(
    client: MlflowClient, tmp_path: Path, target: str | list[str], members: int
) -> None:
    folder = make_run(tmp_path / "run")
    predictor = write_bundle(folder / "bundle", target, members)
    (model,) = models(client, sync(folder).record)
    assert not pickles(Path(model.artifact_location))
    requests = [
        {"dataframe_records": ROWS},
        {"dataframe_records": [row | {"bill": None} for row in ROWS[:1]]},
        {"dataframe_records": [{"bil": 37, "mass": 3000, "island": "Biscoe"}]},
        {"dataframe_records": [row | {"bill": "long"} for row in ROWS]},
    ]
    done = subprocess.run(
        [sys.executable, "-c", SERVED, model.artifact_location],
        input=json.dumps([json.dumps(request) for request in requests]),
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
    )
    served = json.loads(done.stdout.splitlines()[-1])
    whole, one, misspelt, text = served["answers"]
    frame = pl.DataFrame(ROWS, schema={"bill": pl.Float64, "mass": pl.Float64, "island": pl.String})
    assert whole["predictions"] == predictor.predict(frame).to_dicts()
    assert one["predictions"] == predictor.predict(frame[:1].with_columns(bill=pl.lit(None, pl.Float64))).to_dicts()
    assert misspelt["status"] == 400
    assert "'bill'" in misspelt["message"]
    assert text["status"] == 400
    assert served["code"].startswith(model.artifact_location)
    assert not served["lightning"]


@pytest.mark.parametrize("loss", ["mse", "quantile", "gaussian_nll"])
@pytest.mark.parametrize("targets", [("size",), ("size", "mass index")])
def test_the_signature_names_the_columns_of_the_predictions(targets: tuple[str, ...], loss: str) -> None:
    output = with_head(OutputSpec(targets, Task.REGRESSION), {"name": loss, "levels": [0.2, 0.8]})
    columns = table(predicted(torch.zeros(2, output.d_out), output), output).columns
    assert signature({"mass": "number"}, output).outputs.input_names() == columns


def test_a_model_is_logged_once_for_each_bundle(client: MlflowClient, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    write_bundle(folder / "bundle", "species")
    record = sync(folder).record
    (folder / "mlflow.json").unlink()
    sync(folder)
    (first,) = models(client, record)
    assert {each.key: each.value for each in first.metrics or []}["test/accuracy"] == 0.9
    assert len(client.get_metric_history(record["run_id"], "test/accuracy")) == 1
    schema = first.tags["bundle"]
    write_bundle(folder / "bundle", "size")  # the run was resumed, its best weights are others
    update(folder, ended="2026-01-02T04:05:05+00:00")
    sync(folder)
    assert len(models(client, record)) == 2
    assert {model.tags["bundle"] for model in models(client, record)} > {schema}


def test_a_model_left_half_written_is_replaced(client: MlflowClient, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", status="running", ended=None)
    record = sync(folder).record
    half = client.create_logged_model(record["experiment_id"], "model", record["run_id"])
    write_bundle(folder / "bundle", "species")
    update(folder, status="finished", ended="2026-01-02T04:05:05+00:00")
    sync(folder)
    (model,) = models(client, record)
    assert model.model_id != half.model_id


def test_a_failed_run_has_no_model(client: MlflowClient, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", status="failed")
    write_bundle(folder / "bundle", "species")
    assert models(client, sync(folder).record) == []


def test_a_server_installs_the_tested_versions() -> None:
    lines = pinned()
    assert sorted(line.split("==")[0] for line in lines) == sorted(NEEDED)


def test_the_code_beside_the_model_is_what_inference_imports() -> None:
    names = {path.name for path in import_closure("src.inference")}
    assert {"__init__.py", "inference.py", "bundle.py", "features.py", "mlp.py", "errors.py"} <= names
    assert not {"trainer.py", "learner.py", "pipeline.py", "mlflow_run.py"} & names
