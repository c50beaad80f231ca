"""A training that may be killed: it works in a folder of its own, goes on there, and moves to its place in the end."""

import shutil
from pathlib import Path

from src import machine
from src.atomic import read_json, write_json
from src.config.config import Config
from src.run_folder import RunFolder

IDS = "ids.json"
"""`run`: what MLflow has as the tag rookery.uuid; `mlflow`: MLflow's own id, if it was reached."""


def goes_on(folder: Path, config: Config, data: str) -> bool:
    """Whether the run in the folder ends as one that is started now would: with the configuration, the data (their
    SHA-256), the code and the libraries of now. Any other run is deleted.

    Raises MachineError if that one is still going on.
    """
    if not folder.exists():
        return False
    with RunFolder(folder).held():
        if _made_from(folder) == {
            "config_hash": config.hash,
            "data": data,
            "code": machine.code(),
            "versions": machine.versions(),
            "cpu": machine.cpu(),
        }:
            return True
        shutil.rmtree(folder)
    return False


def move(folder: Path, place: Path) -> None:
    """To `place`, over the run that is there, with the ids of the run."""
    ids = {"run": read_json(folder / "run.json")["uuid"]}
    if (folder / "mlflow.json").exists():
        ids["mlflow"] = read_json(folder / "mlflow.json")["run_id"]
    write_json(folder / IDS, ids)
    shutil.rmtree(place, ignore_errors=True)
    folder.rename(place)


def _made_from(folder: Path) -> dict[str, object]:
    """As run.json tells it; nothing if the run was killed before that was written."""
    if not (folder / "run.json").exists():
        return {}
    record = read_json(folder / "run.json")
    made_from = {key: record.get(key) for key in ("config_hash", "code", "versions", "cpu")}
    return made_from | {"data": record["data"]["sha256"]}
