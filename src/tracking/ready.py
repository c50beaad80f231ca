"""What mirroring a run takes of MLflow, loaded before there is anything to send: later somebody would wait for it."""

import importlib

from mlflow.utils.requirements_utils import warn_dependency_requirement_mismatches

from src.tracking.logged_model import pinned

_LAZY = ("mlflow.pyfunc", "mlflow.store.tracking.sqlalchemy_store")
"""MLflow imports these at first use only."""


def get_ready() -> None:
    """Takes 2 s. The comparison with what is installed comes with each logged model; MLflow keeps what it found out."""
    for name in _LAZY:
        importlib.import_module(name)
    warn_dependency_requirement_mismatches(pinned())
