from pathlib import Path

import pytest

from src.tracking import location
from src.tracking.location import experiment_link, project_root, run_url, tracking_uri

ROOT = Path(location.__file__).parents[2]


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def test_the_project_is_the_checkout() -> None:
    assert project_root(Path("/home/me/rookery/src/tracking/location.py")) == Path("/home/me/rookery")


@pytest.mark.parametrize("copy", ["tmpabc", "standalone/tmpabc"])
def test_the_project_of_a_dvc_experiment_is_where_it_was_copied_from(copy: str) -> None:
    file = Path(f"/home/me/rookery/.dvc/tmp/exps/{copy}/src/tracking/location.py")
    assert project_root(file) == Path("/home/me/rookery")


def test_the_configured_store_wins_over_the_environment_and_that_over_the_project(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert tracking_uri(None) == f"sqlite:///{ROOT}/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://one")
    assert tracking_uri(None) == "http://one"
    assert tracking_uri("http://two") == "http://two"


def test_a_relative_database_counts_from_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert tracking_uri("sqlite:///runs.db") == f"sqlite:///{ROOT}/runs.db"
    assert tracking_uri("sqlite:////data/runs.db") == "sqlite:////data/runs.db"


def test_the_link_tells_how_to_start_the_ui_of_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    page = "http://127.0.0.1:5000/#/experiments/7/runs?workflowType=machine_learning"
    monkeypatch.chdir(ROOT)
    assert experiment_link(f"sqlite:///{ROOT}/mlflow.db", "7") == ["mlflow ui", page]
    other = ["mlflow ui --backend-store-uri sqlite:////data/runs.db", page]
    assert experiment_link("sqlite:////data/runs.db", "7") == other


def test_the_link_of_a_server_is_its_own_page() -> None:
    assert experiment_link("https://mlflow.example/", "7") == [
        "https://mlflow.example/#/experiments/7/runs?workflowType=machine_learning"
    ]
    assert run_url("https://mlflow.example", "7", "abc") == "https://mlflow.example/#/experiments/7/runs/abc"
