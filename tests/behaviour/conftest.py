"""Real MLflow servers, one for all tests."""

from collections.abc import Iterator

import pytest

from src.tracking.store import open_store
from tests.mlflow_server import mlflow_server
from tests.postgresql import postgresql


@pytest.fixture(scope="session")
def sqlite_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of one that keeps its runs in a sqlite file."""
    folder = tmp_path_factory.mktemp("sqlite")
    store = f"sqlite:///{folder}/mlflow.db"
    open_store(store)  # makes the tables in less time
    with mlflow_server(store, folder) as address:
        yield address


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of one that keeps its runs in PostgreSQL."""
    with postgresql() as database:
        store = database.replace("postgresql:", "postgresql+psycopg:")
        with mlflow_server(store, tmp_path_factory.mktemp("postgresql")) as address:
            yield address
