"""From the name of a model in MLflow to its bundle on this machine. MLflow's own loader, which may run code, is not
used: only the folder `bundle` in the logged model is fetched."""

import re
from pathlib import Path

import mlflow
from mlflow.entities import LoggedModel, LoggedModelStatus
from mlflow.exceptions import MlflowException

from src.errors import ConfigError
from src.tracking.location import tracking_uri
from src.tracking.store import explained, open_store


def bundle_of(model: str) -> Path:
    """`model` is a run id (32 hex digits) or models:/name@alias or models:/name/version.

    Raises ConfigError if the store does not know it, MachineError if the store does not answer.
    """
    uri = tracking_uri(None)
    try:
        with explained(uri, Path()):
            client = open_store(uri)
    except MlflowException as error:
        raise ConfigError(f"model={model}: {error.message}") from None
    try:
        by_id = re.fullmatch("[0-9a-f]{32}", model)
        found = _of_run(client, model) if by_id else _registered(client, model)
        if not found:
            raise ConfigError(f"model={model}: MLflow at {uri} has no bundle of it; required: a finished run")
        last = max(found, key=lambda each: int(each.creation_timestamp))  # a run that was resumed may have several
        bundle = f"{last.artifact_location}/artifacts/bundle"
        return Path(mlflow.artifacts.download_artifacts(artifact_uri=bundle, tracking_uri=uri))
    except MlflowException as error:
        raise ConfigError(f"model={model}: MLflow at {uri} has no such model ({error.message})") from None


def _of_run(client: mlflow.MlflowClient, run_id: str) -> list[LoggedModel]:
    experiment = client.get_run(run_id).info.experiment_id
    models = client.search_logged_models([experiment], f"source_run_id = '{run_id}'")
    return [model for model in models if model.status == LoggedModelStatus.READY]


def _registered(client: mlflow.MlflowClient, model: str) -> list[LoggedModel]:
    name, at, alias = model.removeprefix("models:/").partition("@")
    if at:
        version = client.get_model_version_by_alias(name, alias)
    else:
        name, _, number = name.partition("/")
        version = client.get_model_version(name, number)
    models = _of_run(client, version.run_id) if version.run_id else []
    return [each for each in models if each.artifact_location == version.source]
