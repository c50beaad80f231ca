"""The whole way from cells to answers as one module of torch operations, which every format of export is made from."""

import math
from collections.abc import Iterable

import torch
from torch import Tensor, nn

from src.data.encoders.encoder import NumberEncoder
from src.data.features import Features
from src.exporting.cells import cells_of
from src.exporting.inputs import Inputs, marked_numbers
from src.heads.head import Prediction
from src.outputs import averaged, predicted
from src.spec import OutputSpec

SET = "prediction_set"
"""Which classes are in the set of a row."""

_ROWS = 2
"""That a tracer sees: of one it would think that there is always one."""


class Answering(nn.Module):
    """Called with a tensor for each of `inputs.given`, as `src.exporting.cells` says; gives the values of `answers`.

    cells ── as the encoders do ──┬─ x_num ─┬─ network ── averaged ── predicted
                                  └─ x_cat ─┘

    `names`: those of its values; `outputs`: the same with _ behind where a column is called so.
    """

    def __init__(self, network: nn.Module, features: Features) -> None:
        super().__init__()
        self.network, self.output, self.inputs = network, features.output, Inputs.of(features)
        self.columns = [encoder.name for encoder in features.encoders]
        self.is_number = [isinstance(encoder, NumberEncoder) for encoder in features.encoders]
        self.cells = nn.ModuleList(map(cells_of, features.encoders))
        with torch.no_grad():
            self.names = list(self.answers(*self.example()))
        self.outputs = [_free(name, {each.name for each in self.inputs.given}) for name in self.names]

    def forward(self, *cells: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.answers(*cells).values())

    def answers(self, *cells: Tensor) -> dict[str, Tensor]:
        columns = dict[str, Tensor]()
        for given, cell in zip(self.inputs.given, cells, strict=True):
            columns[given.name] = _without(marked_numbers(given.markers), cell) if given.kind == "number" else cell
        for name, formula in self.inputs.calculated.items():
            columns[name] = formula(columns)
        encoded = [cell(columns[name]) for name, cell in zip(self.columns, self.cells, strict=True)]
        numbers = [each.float() for each, is_number in zip(encoded, self.is_number, strict=True) if is_number]
        codes = [each for each, is_number in zip(encoded, self.is_number, strict=True) if not is_number]
        nothing = cells[0][:, :0]
        logits = self.network(torch.cat(numbers or [nothing.float()], 1), torch.cat(codes or [nothing.long()], 1))
        return answers(predicted(averaged(logits, self.output), self.output))

    def example(self) -> tuple[Tensor, ...]:
        """Cells of some rows, to be traced."""
        kinds = {"number": torch.float64, "text": torch.int64, "date": torch.int64}
        return tuple(torch.zeros(_ROWS, 1, dtype=kinds[each.kind]) for each in self.inputs.given)


def answers(prediction: Prediction) -> dict[str, Tensor]:
    """`prediction`, `probabilities` and `prediction_set` where there are some, then what is predicted beside."""
    found = {"prediction": prediction.point}
    if prediction.probability.numel():
        found["probabilities"] = prediction.probability
    if prediction.sets is not None:
        found[SET] = prediction.sets
    return found | {f"prediction_{name}": values for name, values in prediction.beside.items()}


def prediction_of(answers: dict[str, Tensor], output: OutputSpec) -> Prediction:
    """The inverse."""
    beside = {name: answers[f"prediction_{name}"] for name in output.beside}
    return Prediction(answers["prediction"], answers.get("probabilities", torch.empty(0, 0)), beside, answers.get(SET))


def _free(name: str, taken: set[str]) -> str:
    return _free(f"{name}_", taken) if name in taken else name


def _without(markers: Iterable[float], numbers: Tensor) -> Tensor:
    """NaN in the place of what means missing."""
    for marker in markers:
        numbers = torch.where(numbers == marker, math.nan, numbers)
    return numbers
