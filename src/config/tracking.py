"""Group `tracking`: how the run appears in MLflow. Changes nothing about the result, so no part of the hash."""

from src.config.section import Section


class Tracking(Section):
    """The run folder is complete without MLflow; MLflow mirrors it."""

    enabled: bool = True
    uri: str | None = None
    """Store or server; null: MLFLOW_TRACKING_URI, else mlflow.db in the project."""
    experiment: str = "rookery"
    """Runs with the same experiment are compared on one page."""
    run_name: str | None = None
    """null: dataset and model, for instance penguins mlp [10, 10]."""
