"""The model as MLflow serves it: `mlflow models serve -m models:/...`. MLflow runs this file to get the model.

It stands on what the bundle and the inference path hold; everything else of Rookery is absent on a server.
"""

from typing import Any

import pandas
from mlflow.exceptions import MlflowException
from mlflow.models import set_model
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE
from mlflow.pyfunc.model import PythonModel, PythonModelContext
from typing_extensions import override


class ServedModel(PythonModel):
    """Raw rows in; predictions and one probability for each class or label out."""

    def load_context(self, context: PythonModelContext) -> None:
        """Loads the bundle that was logged with the model."""
        from pathlib import Path

        from src.custom_code import allowed_by_environment
        from src.inference import Predictor

        self.predictor = Predictor.load(Path(context.artifacts["bundle"]), allowed_by_environment())

    @override
    def predict(
        self, context: PythonModelContext, model_input: pandas.DataFrame, params: dict[str, Any] | None = None
    ) -> pandas.DataFrame:
        """The same numbers as `python -m src.predict`; a mistake in the rows becomes an answer with status 400."""
        from src.errors import RookeryError

        try:
            predictions = self.predictor.predict_plain(plain(model_input))
        except RookeryError as error:
            raise MlflowException(str(error), INVALID_PARAMETER_VALUE) from error
        return pandas.DataFrame(predictions.to_dict(as_series=False))


def plain(frame: pandas.DataFrame) -> dict[str, list[Any]]:
    """Cells by column, None where missing."""
    return {name: [None if pandas.isna(cell) else cell for cell in frame[name]] for name in frame.columns}


set_model(ServedModel())
