"""The table that a run learned from, as MLflow's data set."""

import json
from urllib.parse import urlsplit

from mlflow.entities import Dataset, DatasetInput, InputTag
from mlflow.types import ColSpec, Schema

from src.tracking.snapshot import Snapshot


def data_set(run: Snapshot) -> DatasetInput:
    """Name, path, digest (first 8 digits of the file's SHA-256), schema of the columns that are used, the target among
    them, number of rows in each part.

    Built from what the run folder says, so the table itself is not read again.
    """
    data, section = run.facts["data"], run.config["dataset"]
    types = {"number": "double", "text": "string"}
    schema = Schema([ColSpec(types[kind], name, required=False) for name, kind in run.facts.get("columns", {}).items()])
    source_type, source = _source(data["path"])
    described = Dataset(
        name=section["name"],
        digest=data["sha256"][:8],
        source_type=source_type,
        source=json.dumps(source),
        schema=json.dumps({"mlflow_colspec": schema.to_dict()}),
        profile=json.dumps({"num_rows": sum(data["rows"].values()), **data["rows"], "target": data["target"]}),
    )
    tags = {"mlflow.data.context": "training", "sha256": data["sha256"], "dvc_md5": data.get("dvc")}
    return DatasetInput(described, [InputTag(key, value) for key, value in tags.items() if value])


def _source(path: str) -> tuple[str, dict[str, str]]:
    """MLflow's name for this kind of place, and the place."""
    scheme = urlsplit(path).scheme
    if scheme in ("http", "https"):
        return "http", {"url": path}
    return ("s3" if scheme == "s3" else "local"), {"uri": path}
