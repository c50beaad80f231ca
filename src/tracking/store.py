"""Opening MLflow's store, safely for many processes at once."""

import os
import re
import shlex
import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from filelock import FileLock
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_ALREADY_EXISTS, ErrorCode
from sqlalchemy import Engine, event
from sqlalchemy.exc import SQLAlchemyError

from src.errors import MachineError
from src.tracking.location import artifact_folder, project_root, sqlite_file
from src.tracking.snapshot import milliseconds


def open_store(uri: str) -> MlflowClient:
    """A client; tables are created or migrated by one process alone, else they are broken for ever."""
    with store_lock(uri), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MLflow's own, about SQLAlchemy
        database = sqlite_file(uri)
        if database and not database.exists():
            _create(database)
        client = MlflowClient(tracking_uri=uri)
        client.search_experiments(max_results=1)
    return client


def find_experiment(client: MlflowClient, name: str) -> str:
    """Its id; made where it does not exist, unless another machine is quicker."""
    with store_lock(client.tracking_uri):
        if found := client.get_experiment_by_name(name):
            return str(found.experiment_id)
        files = artifact_folder(client.tracking_uri)
        folder = str(files / re.sub(r"[^\w-]+", "_", name)) if files else None
        try:
            return str(client.create_experiment(name, artifact_location=folder))
        except MlflowException as error:
            if error.error_code == ErrorCode.Name(RESOURCE_ALREADY_EXISTS) and (
                found := client.get_experiment_by_name(name)
            ):
                return str(found.experiment_id)
            raise


def find_run(client: MlflowClient, experiments: list[str], facts: dict[str, Any], tags: dict[str, str]) -> Run:
    """The one run whose tag `rookery.uuid` is that of `facts`, in any of the experiments; else made in the first."""
    with store_lock(client.tracking_uri):
        found = client.search_runs(experiments, f"tags.`rookery.uuid` = '{facts['uuid']}'", max_results=1)
        if found:
            return found[0]
        tags = {"rookery.uuid": facts["uuid"], **tags}
        return client.create_run(experiments[0], milliseconds(facts["started"]), tags, facts["name"])


def store_lock(uri: str) -> FileLock:
    """Beside the database; for a server, in the project: it only has to hold off processes of this machine. Who has it
    may take it again."""
    return FileLock(f"{sqlite_file(uri) or project_root() / 'mlflow.db'}.lock", is_singleton=True)


def turn(uri: str) -> AbstractContextManager[object]:
    """In here no other process of this machine sends anything to the same database file, which would at times be
    refused at once: SQLite makes a writer wait only where that can't end in a deadlock. A server needs no turns."""
    return store_lock(uri) if sqlite_file(uri) else nullcontext()


@contextmanager
def explained(uri: str, folder: Path) -> Iterator[None]:
    """Turns what MLflow raises into one sentence (MachineError), and keeps its libraries' warnings to itself."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (MlflowException, SQLAlchemyError, OSError) as error:
        text = re.sub(r"\s+", " ", str(error)).strip().partition(" [SQL: ")[0][:300]
        reason = "the server does not answer" if "ConnectionPool(" in text else text
        again = f"python -m src.sync {shlex.quote(f'run={folder}')}"
        raise MachineError(
            f"MLflow at {uri} could not record the run: {reason}\n"
            f"The run folder is complete without it; later, `{again}` catches up."
        ) from error


def _create(database: Path) -> None:
    """Made under another name and renamed: a process killed in between leaves no half-made tables behind.

    So nothing is lost if MLflow's 60 migrations do not wait for the disk, which takes them 5 s.
    """
    database.parent.mkdir(parents=True, exist_ok=True)
    unfinished = database.with_name(f"{database.name}.new")
    unfinished.unlink(missing_ok=True)
    event.listen(Engine, "connect", _without_waiting)
    try:
        MlflowClient(tracking_uri=f"sqlite:///{unfinished}").search_experiments(max_results=1)
    finally:
        event.remove(Engine, "connect", _without_waiting)
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    unfinished.replace(database)


def _without_waiting(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA synchronous = OFF")
