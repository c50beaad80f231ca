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
        tags = client.get_run(run_id).data.tags
    except MlflowException as error:
        raise ConfigError(f"{run_id}: MLflow at {uri} has no such run ({error.message})") from None
    folder, experiment = Path(tags.get("rookery.folder", "")), tags.get("dvc.experiment")
    if not (folder / "run.json").is_file():
        way = f"; `dvc exp apply {experiment}` brings its files into build/run" if experiment else ""
        raise ConfigError(f"{run_id}: the folder of this run, {folder}, is not on this machine (any more){way}")
    return folder
