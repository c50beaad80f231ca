"""Group `tracking`: how the run appears in MLflow. Changes nothing about the result, so no part of the hash."""

import warnings
from typing import Annotated

from pydantic import Field

from src.config.section import Section

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", 'Field name "register"')  # which each class has from ABCMeta, and no section

    class Tracking(Section):
        """The run folder is complete without MLflow; MLflow mirrors it."""

        enabled: bool = True
        uri: str | None = None
        """Store or server; null: MLFLOW_TRACKING_URI, else mlflow.db in the project."""
        experiment: str = "rookery"
        """Runs with the same experiment are compared on one page."""
        run_name: str | None = None
        """null: dataset and model, for instance penguins mlp [10, 10]."""
        register: Annotated[str, Field(pattern=r"^[^/:]+$")] | None = None
        """The model becomes a version of the registered model of this name, and its alias `champion` if it is better on
        the validation rows than the one that has it; null: not registered."""
