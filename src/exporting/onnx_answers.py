"""A file of ONNX, asked through onnxruntime."""

from typing import Any

import numpy as np
import onnxruntime
import polars as pl
import torch
from torch import Tensor

from src.exporting.answering import Answering, prediction_of
from src.exporting.fed import fed
from src.heads.head import Prediction
from src.inference import Predictor
from src.spec import OutputSpec

_ONLY_ERRORS = 3


class OnnxAnswers:
    """As whoever has only the file would ask it."""

    def __init__(self, content: bytes, answering: Answering) -> None:
        self.answering = answering
        options = onnxruntime.SessionOptions()
        options.log_severity_level = _ONLY_ERRORS
        self.session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])

    def __call__(self, predictor: Predictor, rows: pl.DataFrame) -> Prediction:
        output = predictor.features.output
        feed = {each.name: fed(each, rows, predictor.features) for each in self.answering.inputs.given}
        found = zip(self.answering.names, self.session.run(None, feed), strict=True)
        return prediction_of({name: _tensor(name, values, output) for name, values in found}, output)


def _tensor(name: str, values: np.ndarray[Any, Any], output: OutputSpec) -> Tensor:
    """Names of classes as their places."""
    if name == "prediction" and output.task.has_classes:
        return torch.tensor([output.classes.index(each) for each in values], dtype=torch.int64)
    return torch.from_numpy(values)
