"""One row on its way through a trained network, and the gradient of its loss on the way back."""

from dataclasses import dataclass
from typing import Any

import polars as pl
import torch
from torch import Tensor

from src.data.names import with_composed_names
from src.inference import Predictor
from src.losses.row_loss import RowLoss
from src.models.categorical import CategoricalEncoder
from src.models.ensemble import Ensemble
from src.models.network import Network
from src.models.numeric import NumericEncoder
from src.outputs import averaged
from src.spec import OutputSpec
from src.tracing.cells import Cell, cells_of
from src.tracing.configured_loss import configured_loss
from src.tracing.gradients import Backward, backward
from src.tracing.layers import Layer, layers_of
from src.tracing.recording import Step, record
from src.tracing.unit_names import category_names, counted, logit_names, number_names


@dataclass(frozen=True)
class Pass:
    """Through one network. `logits` float32 [1, d_out] or, of a network of several members, [1, members, d_out];
    names of its inputs and `outputs`."""

    network: Network
    layers: list[Layer]
    logits: Tensor
    numbers: tuple[str, ...]
    categories: tuple[str, ...]
    outputs: tuple[str, ...]
    backward: Backward | None

    def names(self, step: Step) -> tuple[str, ...]:
        """Of the numbers that a step gave."""
        count = step.given.numel()
        match step.module:
            case NumericEncoder() if len(self.numbers) == count:
                return self.numbers
            case CategoricalEncoder() if len(self.categories) == count:
                return self.categories
        if step in self.layers[-1].steps and step.given.shape == (1, len(self.outputs)):
            return self.outputs
        return counted(tuple(step.given.shape))

    @property
    def inputs(self) -> tuple[str, ...]:
        """Of what the first weighted sum gets: cells of the row, if the network does not make more of them."""
        taken = next((layer.sums.taken for layer in self.layers if layer.name != "input"), torch.empty(0))
        cells = (*self.numbers, *self.categories)
        return cells if len(cells) == taken.numel() else counted(tuple(taken.shape))


@dataclass(frozen=True)
class Trace:
    """`passes`: one for each member of an ensemble; `logits` float32 [1, d_out], of members what they say together;
    `answer`: the row of `src.predict`, `truth` as `src.tracing.truth` gives it."""

    predictor: Predictor
    cells: list[Cell]
    passes: list[Pass]
    logits: Tensor
    answer: dict[str, Any]
    notes: list[str]
    truth: Tensor | None
    loss: RowLoss | None

    @property
    def output(self) -> OutputSpec:
        return self.predictor.features.output

    @property
    def members(self) -> int:
        """Networks whose logits are made one."""
        return sum(each.logits[0].numel() for each in self.passes) // self.output.d_out


def trace(predictor: Predictor, frame: pl.DataFrame, truth: Tensor | None = None) -> Trace:
    """`frame`: one row as for `Predictor.predict`. Raises what that raises, and ConfigError as `configured_loss`."""
    features, output = predictor.features, predictor.features.output
    answers, notes = predictor.predict_with_notes(frame)
    x_num, x_cat = features.encode(with_composed_names(frame))
    loss = None if truth is None else configured_loss(predictor.bundle.facts, output)
    passes = [one_pass(predictor, each, x_num, x_cat, loss, truth) for each in networks_of(predictor)]
    logits = torch.cat([each.logits if each.logits.ndim == 3 else each.logits[:, None] for each in passes], dim=1)
    together = passes[0].logits if logits.shape[1] == 1 and passes[0].logits.ndim == 2 else averaged(logits, output)
    cells = cells_of(features, frame, x_num, x_cat, passes[0].network)
    return Trace(predictor, cells, passes, together, answers.row(0, named=True), notes, truth, loss)


def networks_of(predictor: Predictor) -> list[Network]:
    """The members of an ensemble, or the one that there is."""
    network = predictor.bundle.network
    return [*network] if isinstance(network, Ensemble) else [network]


def one_pass(
    predictor: Predictor,
    network: Network,
    x_num: Tensor,
    x_cat: Tensor,
    loss: RowLoss | None = None,
    y: Tensor | None = None,
) -> Pass:
    """Of an encoded row, x_num [1, d_num] and x_cat [1, d_cat]; back again if there is a loss and a truth `y`."""
    recording = record(network, x_num, x_cat)
    back = None if loss is None or y is None else backward(network, x_num, x_cat, loss, y)
    features = predictor.features
    names = number_names(network, features), category_names(network, features), logit_names(features.output)
    return Pass(network, layers_of(recording.steps), recording.logits, *names, back)
