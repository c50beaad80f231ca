"""Where the runs are recorded and where they can be seen. Imports no mlflow."""

import os
from pathlib import Path
from urllib.parse import urlsplit

UI = "http://127.0.0.1:5000"
"""Where `mlflow ui` answers unless told otherwise."""


def project_root(file: Path = Path(__file__)) -> Path:
    """The checkout that holds `file` (src/tracking/location.py).

    `dvc exp run --queue` and `--temp` work in a copy under .dvc/tmp/exps that is deleted afterwards; then it is
    the project that the copy was made from.
    """
    checkout = file.resolve().parents[2]
    for folder in checkout.parents:
        if folder.parts[-3:] == (".dvc", "tmp", "exps"):
            return folder.parents[2]
    return checkout


def tracking_uri(configured: str | None) -> str:
    """`tracking.uri` of the configuration, else MLFLOW_TRACKING_URI, else mlflow.db in the project.

    A relative sqlite path counts from the project, so that it is the same file from every current folder.
    """
    uri = configured or os.environ.get("MLFLOW_TRACKING_URI") or "sqlite:///mlflow.db"
    if database := sqlite_file(uri):
        return f"sqlite:///{database}"
    return uri


def sqlite_file(uri: str) -> Path | None:
    """The database behind a sqlite URI, absolute; None for any other store."""
    return project_root() / uri.removeprefix("sqlite:///") if uri.startswith("sqlite:///") else None


def artifact_folder(uri: str) -> Path | None:
    """Where the files of runs lie that are recorded in a database, `mlruns` beside a sqlite file, for any other in the
    project; None for a server, which keeps them itself."""
    if database := sqlite_file(uri):
        return database.parent / "mlruns"
    return None if urlsplit(uri).scheme in ("http", "https") else project_root() / "mlruns"


def page(uri: str) -> str:
    """First part of every address in the UI of that store."""
    return uri.rstrip("/") if urlsplit(uri).scheme in ("http", "https") else UI


def run_url(uri: str, experiment_id: str, run_id: str) -> str:
    return f"{page(uri)}/#/experiments/{experiment_id}/runs/{run_id}"


def experiment_link(uri: str, experiment_id: str) -> list[str]:
    """Lines for the user: the command that starts the UI (none where a server runs anyway) and the table of runs.

    Without `workflowType` MLflow opens a page about language models instead, behind a pop-up.
    """
    link = f"{page(uri)}/#/experiments/{experiment_id}/runs?workflowType=machine_learning"
    if page(uri) != UI or uri.startswith("http"):
        return [link]
    if sqlite_file(uri) == Path.cwd() / "mlflow.db":
        return ["mlflow ui", link]
    return [f"mlflow ui --backend-store-uri {uri}", link]
