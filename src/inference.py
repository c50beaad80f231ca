"""Raw rows in, class names and probabilities (or values) out: the one path of evaluation, `predict` and serving."""

from pathlib import Path
from typing import Any

import polars as pl
import torch
from torch import Tensor

from src.bundle import Bundle, probabilities
from src.data.encoders.numeric import Numeric
from src.data.features import Features
from src.spec import OutputSpec
from src.task import Task

BATCH_ROWS = 65_536  # bounds the memory of one forward pass


class Predictor:
    """A bundle, ready to predict."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.features: Features = bundle.features
        self.example: list[dict[str, Any]] = bundle.facts["example"]

    @classmethod
    def load(cls, folder: str | Path) -> "Predictor":
        """Raises MachineError if the folder holds no whole bundle."""
        return cls(Bundle.load(folder))

    def predict(self, frame: pl.DataFrame) -> pl.DataFrame:
        """One row for each row of `frame`, in its order: prediction and, for classes, probability_<class> float64.

        `frame` has the raw columns of the table (others are ignored) or the derived ones. Raises DataError if a column
        is missing or a cell is no number where one is required.
        """
        return self.predict_with_notes(frame)[0]

    def predict_with_notes(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
        """`predict`, and a sentence for each column whose values the training never met."""
        output = self.features.output
        x_num, x_cat = self.features.encode(frame)
        return self._table(self.predict_encoded(x_num, x_cat), output), self._notes(x_num, x_cat)

    def _table(self, predicted: Tensor, output: OutputSpec) -> pl.DataFrame:
        if output.task is Task.REGRESSION:
            return pl.DataFrame({"prediction": predicted.numpy()})
        names = pl.Series("prediction", output.classes)[predicted.argmax(1).tolist()]
        columns = {f"probability_{name}": predicted[:, j].numpy() for j, name in enumerate(output.classes)}
        return pl.DataFrame({"prediction": names, **columns})

    def _notes(self, x_num: Tensor, x_cat: Tensor) -> list[str]:
        notes = []
        for j, name in enumerate(self.features.input.numeric):
            encoder = self.features[name]
            assert isinstance(encoder, Numeric)
            low, high = encoder.low, encoder.high
            span = high - low
            if count := int(((x_num[:, j] < low - span) | (x_num[:, j] > high + span)).sum()):
                notes.append(
                    f"note: {name} lies far outside the {low:g} to {high:g} of the train rows in {count} row(s); "
                    f"is it in the same unit?"
                )
        for j, name in enumerate(self.features.input.categorical):
            if count := int((x_cat[:, j] == 0).sum()):
                notes.append(f"note: {name} has a category that no train row had in {count} row(s)")
        return notes

    @torch.no_grad()
    def predict_encoded(self, x_num: Tensor, x_cat: Tensor) -> Tensor:
        """Probabilities float64 [n, classes], or values float64 [n] in units of the target."""
        pieces = zip(torch.split(x_num, BATCH_ROWS), torch.split(x_cat, BATCH_ROWS), strict=True)
        logits = torch.cat([self.bundle.network(*piece) for piece in pieces])
        output = self.features.output
        if output.task is Task.REGRESSION:
            return output.from_standard(logits[:, 0])
        return probabilities(logits)
