"""The model as MLflow serves it: `mlflow models serve -m models:/...`. MLflow runs this file to get the model.

It stands on what the bundle and the inference path hold; everything else of Rookery is absent on a server.
"""

from collections.abc import Mapping
from typing import Any

import pandas
import polars as pl
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
            predictions = self.predictor.predict(to_polars(model_input, self.predictor.features.raw_columns))
        except RookeryError as error:
            raise MlflowException(str(error), INVALID_PARAMETER_VALUE) from error
        return pandas.DataFrame(predictions.to_dict(as_series=False))


def to_polars(frame: pandas.DataFrame, raw_columns: Mapping[str, str]) -> pl.DataFrame:
    """Float64 and String columns, null where a cell is missing. Columns that are absent stay absent."""
    kinds = {"number": (float, pl.Float64), "text": (str, pl.String)}
    columns = []
    for name, kind in raw_columns.items():
        if name in frame:
            python, dtype = kinds[kind]
            cells = [None if pandas.isna(cell) else python(cell) for cell in frame[name]]
            columns.append(pl.Series(name, cells, dtype=dtype))
    return pl.DataFrame(columns)


set_model(ServedModel())
