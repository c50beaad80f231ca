"""The table that a run learned from, as MLflow's data set."""

import json
from collections.abc import Mapping
from urllib.parse import urlsplit

from mlflow.entities import Dataset, DatasetInput, InputTag
from mlflow.types import ColSpec, Schema

from src.data.kinds import Kind
from src.tracking.snapshot import Snapshot


def data_set(run: Snapshot) -> DatasetInput:
    """Name, path, digest (first 8 digits of the file's SHA-256), schema of the columns that are used, the target among
    them, number of rows in each part.

    Built from what the run folder says, so the table itself is not read again.
    """
    data, section = run.facts["data"], run.config["dataset"]
    source_type, source = _source(data["path"])
    described = Dataset(
        name=section["name"],
        digest=data["sha256"][:8],
        source_type=source_type,
        source=json.dumps(source),
        schema=_schema(run.facts.get("columns", {})),
        profile=json.dumps({"num_rows": sum(data["rows"].values()), **data["rows"], "target": data["target"]}),
    )
    tags = {"mlflow.data.context": "training", "sha256": data["sha256"], "dvc_md5": data.get("dvc")}
    return DatasetInput(described, [InputTag(key, value) for key, value in tags.items() if value])


def _schema(columns: Mapping[str, Kind]) -> str | None:
    """Of columns of the table; a run of an earlier version names none."""
    types = {"number": "double", "text": "string"}
    found = [ColSpec(types[kind], name, required=False) for name, kind in columns.items()]
    return json.dumps({"mlflow_colspec": Schema([*found]).to_dict()}) if found else None


def _source(path: str) -> tuple[str, dict[str, str]]:
    """MLflow's name for this kind of place, and the place."""
    scheme = urlsplit(path).scheme
    if scheme in ("http", "https"):
        return "http", {"url": path}
    return ("s3" if scheme == "s3" else "local"), {"uri": path}
