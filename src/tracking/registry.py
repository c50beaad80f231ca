"""The model of a run as a version of a registered model, whose best one has the alias `champion`."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_ALREADY_EXISTS, RESOURCE_DOES_NOT_EXIST, ErrorCode

from src.atomic import json_digest
from src.monitor import Monitor
from src.tracking.snapshot import Snapshot

ALIAS = "champion"


@dataclass(frozen=True)
class Deciding:
    """The metric of the validation rows by which versions are compared, and a digest of what says which rows these
    are."""

    metric: str
    value: float
    rows: str

    @classmethod
    def of(cls, run: Snapshot) -> "Deciding":
        scores, data, dataset = run.metrics["validation"], run.facts.get("data") or {}, run.config.get("dataset", {})
        rows = [*map(data.get, ("target", "sha256")), *map(dataset.get, ("split", "where", "limit_rows"))]
        metric = run.deciding.name
        return cls(metric, scores.get(metric, math.nan), json_digest(rows)[:16])

    @classmethod
    def read(cls, tags: Mapping[str, str]) -> "Deciding | None":
        """Of a version, if it is one of ours."""
        if "deciding.rows" not in tags:
            return None
        return cls(tags["deciding.metric"], float(tags["deciding.value"]), tags["deciding.rows"])

    @property
    def tags(self) -> dict[str, str]:
        return {f"deciding.{key}": str(value) for key, value in vars(self).items()}

    def is_better(self, other: "Deciding") -> bool:
        monitor = Monitor.of(self.metric)
        return monitor.cost(self.value) < monitor.cost(other.value)


def register(client: MlflowClient, name: str, model_id: str, run_id: str, run: Snapshot) -> str:
    """A sentence about the version that was made and the alias, or nothing if the run has a version already."""
    if client.search_model_versions(f"name = '{_quoted(name)}' and run_id = '{run_id}'"):
        return ""
    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != ErrorCode.Name(RESOURCE_ALREADY_EXISTS):
            raise
    deciding, champion = Deciding.of(run), _champion(client, name)
    source = client.get_logged_model(model_id).artifact_location  # not models:/…, looked for in the default store
    measured = f"validation {deciding.metric} {deciding.value:.4g}"
    version = client.create_model_version(
        name, source, run_id, deciding.tags, description=f"{run.facts['name']}: {measured}", model_id=model_id
    ).version
    kept = _why_kept(deciding, champion)
    if not kept:
        client.set_registered_model_alias(name, ALIAS, version)
    before = f", before version {champion.version}" if champion else ""
    told = kept or f"it is the {ALIAS} now by {measured}{before}"
    return f"registered as {name}, version {version}; {told}"


def _why_kept(new: Deciding, champion: ModelVersion | None) -> str:
    """Nothing if the new version is to have the alias."""
    if champion is None:
        return ""
    stays = f"version {champion.version} stays the {ALIAS}"
    if (old := Deciding.read(champion.tags)) is None:
        return f"{stays}: Rookery did not register it"
    if new.rows != old.rows:
        return f"{stays}: its validation rows are others"
    if new.metric != old.metric:
        return f"{stays}: it is judged by {old.metric}, this one by {new.metric}"
    if not new.is_better(old):
        return f"{stays}: its validation {new.metric} is {old.value:.4g}, here {new.value:.4g}"
    return ""


def _champion(client: MlflowClient, name: str) -> ModelVersion | None:
    try:
        return client.get_model_version_by_alias(name, ALIAS)
    except MlflowException as error:
        if error.error_code not in (ErrorCode.Name(RESOURCE_DOES_NOT_EXIST), "INVALID_PARAMETER_VALUE"):
            raise
        return None


def _quoted(name: str) -> str:
    return name.replace("'", "''")
