"""From the id of a run in MLflow to its folder on this machine."""

from pathlib import Path

from mlflow.exceptions import MlflowException

from src.errors import ConfigError
from src.tracking.location import tracking_uri
from src.tracking.store import explained, open_store


def folder_of(run_id: str) -> Path:
    """Raises ConfigError if MLflow does not know the run or the folder is gone, MachineError if it does not answer."""
    uri = tracking_uri(None)
    with explained(uri, Path()):
        client = open_store(uri)
    try:
        folder = Path(client.get_run(run_id).data.tags.get("rookery.folder", ""))
    except MlflowException as error:
        raise ConfigError(f"{run_id}: MLflow at {uri} has no such run ({error.message})") from None
    if not (folder / "run.json").is_file():
        raise ConfigError(f"{run_id}: the folder of this run, {folder}, is not on this machine (any more)")
    return folder
