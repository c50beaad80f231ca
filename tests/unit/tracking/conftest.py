import shutil
from pathlib import Path

import pytest
from mlflow import MlflowClient

from src.tracking.store import open_store


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with MLflow's tables; making them takes seconds, copying does not."""
    database = tmp_path_factory.mktemp("store") / "mlflow.db"
    open_store(f"sqlite:///{database}")
    return database


@pytest.fixture
def client(empty_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MlflowClient:
    """Of a fresh store, which is the default one in the test."""
    shutil.copy(empty_store, tmp_path / "mlflow.db")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    return open_store(f"sqlite:///{tmp_path}/mlflow.db")
