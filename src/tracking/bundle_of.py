"""From the name of a model in MLflow to its bundle on this machine. MLflow's own loader, which may run code, is not
used: only the folder `bundle` of the run is fetched."""

import re
from pathlib import Path

import mlflow
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
        run_id = model if re.fullmatch("[0-9a-f]{32}", model) else _run_of(client, model)
        client.get_run(run_id)
        return Path(mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="bundle", tracking_uri=uri))
    except MlflowException as error:
        raise ConfigError(f"model={model}: MLflow at {uri} has no such model ({error.message})") from None


def _run_of(client: mlflow.MlflowClient, model: str) -> str:
    name, at, alias = model.removeprefix("models:/").partition("@")
    if at:
        version = client.get_model_version_by_alias(name, alias)
    else:
        name, _, number = name.partition("/")
        version = client.get_model_version(name, number)
    return str(version.run_id)
