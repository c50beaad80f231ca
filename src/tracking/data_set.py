"""The table that a run learned from, as MLflow's data set."""

import json

from mlflow.entities import Dataset, DatasetInput, InputTag
from mlflow.types import ColSpec, Schema

from src.tracking.snapshot import Snapshot


def data_set(run: Snapshot) -> DatasetInput:
    """Name, path, digest (first 8 digits of the file's SHA-256), schema of the columns used, number of rows.

    Built from what the run folder says, so the table itself is not read again.
    """
    data, section = run.facts["data"], run.config["dataset"]
    columns = section["columns"]
    kinds = dict.fromkeys(columns["numeric"], "double") | dict.fromkeys(columns["categorical"], "string")
    schema = Schema([ColSpec(kind, name, required=False) for name, kind in kinds.items()])
    described = Dataset(
        name=section["name"],
        digest=data["sha256"][:8],
        source_type="local",
        source=json.dumps({"uri": data["path"]}),
        schema=json.dumps({"mlflow_colspec": schema.to_dict()}),
        profile=json.dumps({"num_rows": sum(data["rows"].values()), **data["rows"], "target": data["target"]}),
    )
    tags = {"mlflow.data.context": "training", "sha256": data["sha256"], "dvc_md5": data.get("dvc")}
    return DatasetInput(described, [InputTag(key, value) for key, value in tags.items() if value])
