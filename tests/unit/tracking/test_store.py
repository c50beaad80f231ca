from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from sqlalchemy import Connection, Engine, event

from src.tracking.store import find_experiment, open_store


def test_only_a_database_that_is_being_made_does_not_wait_for_the_disk(tmp_path: Path) -> None:
    seen: dict[str, set[int]] = {}

    def note(connection: Connection, *_: object) -> None:
        file, waits = _row(connection, "PRAGMA database_list")[2], _row(connection, "PRAGMA synchronous")[0]
        seen.setdefault(Path(file).name, set()).add(waits)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        open_store(f"sqlite:///{tmp_path}/mlflow.db")
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert seen == {"mlflow.db.new": {0}, "mlflow.db": {2}}
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["mlflow.db", "mlflow.db.lock"]


def test_an_experiment_that_another_machine_has_just_made_is_taken(
    client: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, ask = client.create_experiment("rookery"), client.get_experiment_by_name
    answers = iter([lambda _: None, ask])
    monkeypatch.setattr(client, "get_experiment_by_name", lambda name: next(answers)(name))
    assert find_experiment(client, "rookery") == made


def _row(connection: Connection, query: str) -> tuple[Any, ...]:
    driver = connection.connection.driver_connection
    assert driver is not None
    return tuple(driver.execute(query).fetchone())
