"""The bundle as a model that MLflow can load and serve: no pickle, a signature on the raw column names."""

import ast
import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas
from mlflow import MlflowClient
from mlflow.entities import LoggedModelOutput, LoggedModelStatus, Metric, Run
from mlflow.models import Model, ModelSignature
from mlflow.types import ColSpec, Schema
from mlflow.types.schema import Array, DataType

from src.data.columns import Columns
from src.data.kinds import Kind
from src.errors import MachineError
from src.spec import OutputSpec
from src.task import Task
from src.tracking.mlflow_run import MlflowRun

CHECKOUT = Path(__file__).resolve().parents[2]
NEEDED = ("torch", "polars", "numpy", "safetensors", "pydantic", "pandas", "mlflow")
"""Packages that a server of the model installs, at the versions of constraints.txt."""


def log_model(target: MlflowRun, bundle: Path) -> tuple[str, bool]:
    """Logs `bundle` as model `model` of the run: its id, and False if it is there already. One left half-written is
    removed."""
    client, run_id = target.client, target.id
    description = json.loads((bundle / "bundle.json").read_bytes())
    for model in client.search_logged_models([target.experiment_id], f"source_run_id = '{run_id}'"):
        if model.status != LoggedModelStatus.READY:
            client.delete_logged_model(model.model_id)
        elif model.tags.get("bundle") == description["sha256"]:
            return model.model_id, False
    run, tags = client.get_run(run_id), {"bundle": description["sha256"]}
    model = client.create_logged_model(target.experiment_id, "model", run_id, tags, run.data.params, "rookery")
    with tempfile.TemporaryDirectory() as folder:
        save(Model(model.artifact_location, run_id, model_id=model.model_id), bundle, description, Path(folder))
        client.log_model_artifacts(model.model_id, f"{folder}/model")
    client.log_outputs(run_id, [LoggedModelOutput(model.model_id, step=0)])
    client.log_batch(run_id, _final_metrics(client, run, model.model_id))
    client.finalize_logged_model(model.model_id, LoggedModelStatus.READY)
    return model.model_id, True


def _final_metrics(client: MlflowClient, run: Run, model_id: str) -> list[Metric]:
    """The run's own values once more, with the model's id: MLflow adds them to the model only."""
    names = [name for name in run.data.metrics if name.startswith(("test/", "best/"))]
    last = [client.get_metric_history(run.info.run_id, name)[-1] for name in names]
    return [Metric(each.key, each.value, each.timestamp, each.step, model_id) for each in last]


def save(model: Model, bundle: Path, description: dict[str, Any], folder: Path) -> None:
    """Into `folder/model`, with the files of Rookery that loading it needs."""
    import mlflow.pyfunc  # warns when imported: only here, where `explained` keeps warnings from the user

    for source in import_closure("src.inference"):
        copy = folder / source.relative_to(CHECKOUT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
    raw_columns = Columns.from_dict(description["features"]["columns"]).raw
    mlflow.pyfunc.save_model(
        path=str(folder / "model"),
        mlflow_model=model,
        python_model=str(CHECKOUT / "src" / "served_model.py"),
        artifacts={"bundle": str(bundle)},
        code_paths=[str(folder / "src")],
        signature=signature(raw_columns, OutputSpec.from_dict(description["features"]["output"])),
        input_example=_example(description["facts"]["example"], raw_columns),
        pip_requirements=pinned(),
    )


def signature(raw_columns: Mapping[str, Kind], output: OutputSpec) -> ModelSignature:
    """Raw columns in; out the predictions (0 or 1 of labels), what is predicted beside them (of classes perhaps a set),
    and `probability_<name>` for each class or label.

    Inputs are optional in MLflow's sense, since a cell may be missing; the model itself asks for every column.
    """
    kinds = {"number": "double", "text": "string"}
    inputs = [ColSpec(kinds[kind], name, required=False) for name, kind in raw_columns.items()]
    kind = {Task.REGRESSION: "double", Task.MULTILABEL: "long"}.get(output.task, "string")
    outputs = [ColSpec(kind, name) for name in output.columns("prediction")]
    beside = [name for each in output.beside for name in output.columns(f"prediction_{each}")]
    outputs += [ColSpec("double", name) for name in beside]
    outputs += [ColSpec(Array(DataType.string), "prediction_set")] if output.has_sets else []
    outputs += [ColSpec("double", f"probability_{name}") for name in output.answers]
    return ModelSignature(Schema([*inputs]), Schema([*outputs]))


def pinned() -> list[str]:
    """The lines of constraints.txt for NEEDED."""
    lines = (CHECKOUT / "constraints.txt").read_text().splitlines()
    found = [line for line in lines if line.split("==")[0] in NEEDED]
    if len(found) != len(NEEDED):
        raise MachineError(f"constraints.txt must pin {', '.join(NEEDED)}; it has {', '.join(found)}")
    return found


def import_closure(module: str) -> set[Path]:
    """Files of all modules of `src` that `module` imports, directly or not, and of the packages around them."""
    files: set[Path] = set()
    waiting = [module]
    while waiting:
        for file in _files(waiting.pop()):
            if file not in files:
                files.add(file)
                waiting.extend(_imports(file))
    return files


def _files(module: str) -> Iterator[Path]:
    """The module's file, if it is one, after the `__init__.py` of each package on the way."""
    parts = module.split(".")
    for length in range(1, len(parts) + 1):
        path = CHECKOUT.joinpath(*parts[:length])
        yield from (file for file in (path / "__init__.py", path.with_suffix(".py")) if file.is_file())


def _imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and re.match(r"src\b", node.module or ""):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if re.match(r"src\b", alias.name))


def _example(rows: list[dict[str, Any]], raw_columns: Mapping[str, Kind]) -> pandas.DataFrame:
    """Rows of the bundle with the dtypes of the signature; a number stays a float where a cell is missing."""
    dtypes = {"number": "float64", "text": "object"}
    return pandas.DataFrame(
        {name: pandas.Series([row.get(name) for row in rows], dtype=dtypes[kind]) for name, kind in raw_columns.items()}
    )
