"""Raw rows in, class names and probabilities (or values) out: the one path of evaluation, `predict` and serving."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import torch
from torch import Tensor

from src.bundle import Bundle
from src.data.features import Features
from src.data.names import with_composed_names
from src.data.plain import from_plain
from src.data.rows import Rows
from src.errors import DataError
from src.heads.head import Prediction
from src.models.ensemble import Ensemble
from src.models.network import AT_ONCE, Network
from src.outputs import averaged, predicted
from src.spec import OutputSpec


class Predictor:
    """A bundle, ready to predict."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.features: Features = bundle.features
        self.example: list[dict[str, Any]] = bundle.facts["example"]

    @classmethod
    def load(cls, folder: str | Path, allow_custom: bool = False) -> "Predictor":
        """`allow_custom`: that code in the bundle may be run, if its network is one of the user's own.

        Raises MachineError if the folder holds no whole bundle, ConfigError if it would have to run code and may not.
        """
        return cls(Bundle.load(folder, allow_custom))

    def predict(self, frame: pl.DataFrame) -> pl.DataFrame:
        """One row for each row of `frame`, in its order: prediction and, for classes, probability_<class> float64; of
        several targets prediction_<target> and, for labels (0 or 1), probability_<label>. Of numbers, as their loss
        gives it, prediction_q<level> or prediction_std, of several targets with _<target> behind. If the model was
        trained with a prediction.coverage: of classes prediction_set, a list of their names in each row; of numbers
        prediction_lower and prediction_upper.

        `frame` has the raw columns of the table (others are ignored) or the derived ones. Raises DataError if a column
        is missing, a cell is no number where one is required, or so large a one that there is no finite answer.
        """
        return self.predict_with_notes(frame)[0]

    def predict_plain(self, cells: Mapping[str, Sequence[Any]]) -> pl.DataFrame:
        """`predict` of plain values by column, as `src.data.plain` takes them."""
        return self.predict(from_plain(cells, self.features))

    def predict_with_notes(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
        """`predict`, and a sentence for each column whose values the training never met."""
        output = self.features.output
        x_num, x_cat, notes = self.features.encode_with_notes(with_composed_names(frame))
        return table(self.predict_rows(x_num, x_cat, Rows.count(frame.height)), output), notes

    def predict_rows(self, x_num: Tensor, x_cat: Tensor, rows: Rows) -> Prediction:
        """`predict_encoded` of the `rows`. Raises DataError if the answer to one is no finite number."""
        answer = self.predict_encoded(x_num, x_cat)
        if not (finite := answer.is_finite).all():
            index, count = int((~finite).nonzero()[0]), int((~finite).sum())
            more = f" ({count} such rows)" if count > 1 else ""
            raise DataError(
                f"{rows.place(index)}: the network has no finite answer to it, since a number in it is far outside of "
                f"what the training met; mend the number, or leave the cell empty{more}"
            )
        return answer

    def predict_encoded(self, x_num: Tensor, x_cat: Tensor) -> Prediction:
        return answers(self.bundle.network, self.features.output, x_num, x_cat)


@torch.no_grad()
def answers(network: Network | Ensemble, output: OutputSpec, x_num: Tensor, x_cat: Tensor) -> Prediction:
    """Of a network in evaluation mode, for encoded rows float32 [n, d_num] and int [n, d_cat]."""
    rows = max(1, AT_ONCE["cpu"] // network.vectors)
    pieces = zip(torch.split(x_num, rows), torch.split(x_cat, rows), strict=True)
    logits = torch.empty(len(x_num), output.d_out)  # at once, as in `Learner.evaluate`
    for place, piece in zip(torch.split(logits, rows), pieces, strict=True):
        place.copy_(averaged(network(*piece), output))
    return predicted(logits, output)


def table(prediction: Prediction, output: OutputSpec) -> pl.DataFrame:
    """Predictions as columns, then what there is beside them, a set of classes, probabilities."""
    if output.task.has_classes:
        columns = {"prediction": pl.Series(output.classes)[prediction.point.numpy()]}
    else:
        columns = by_target("prediction", prediction.point, output)
    for name, values in prediction.beside.items():
        columns |= by_target(f"prediction_{name}", values, output)
    if prediction.sets is not None:
        columns["prediction_set"] = _named(prediction.sets, output.classes)
    probabilities = zip(output.answers, prediction.probability.T, strict=True)
    return pl.DataFrame(columns | {f"probability_{name}": pl.Series(each.numpy()) for name, each in probabilities})


def by_target(what: str, values: Tensor, output: OutputSpec) -> dict[str, pl.Series]:
    """[n] or [n, targets] as columns."""
    columns = zip(output.columns(what), values.reshape(len(values), len(output.targets)).T, strict=True)
    return {name: pl.Series(column.numpy()) for name, column in columns}


def _named(sets: Tensor, classes: tuple[str, ...]) -> pl.Series:
    """A list of names for each row; no set is empty."""
    row, place = sets.nonzero(as_tuple=True)
    pairs = pl.DataFrame({"row": row.numpy(), "name": pl.Series(classes)[place.tolist()]})
    return pairs.group_by("row", maintain_order=True).agg("name")["name"]
