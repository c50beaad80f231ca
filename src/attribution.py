"""How much each column adds to what a network says about a row: integrated gradients (Sundararajan et al. 2017)."""

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from captum.attr import LayerIntegratedGradients
from torch import Tensor, nn

from src.data.features import Features
from src.errors import ConfigError
from src.inference import Predictor
from src.models.categorical import MISSING, CategoricalEncoder
from src.models.numeric import NumericEncoder
from src.models.tokens import CategoryTokens
from src.outputs import averaged, predicted

_STEPS = (32, 128, 512, 2048)
"""Points of the path; more for the rows whose sum is not exact enough."""

_AT_ONCE = 65_536
"""Vectors of one pass, points of the path included: captum's own calls take longer than small passes."""

_EXACT = 1e-3
"""How far a sum may be off, as a part of all that is shared out."""


@dataclass(frozen=True)
class Attribution:
    """`values` float64 [n, answers, columns], columns as in `features.columns.names`: what each adds to the answer,
    beginning with a row of which nothing is known, whose cells are all missing. The answers are the probability of the
    predicted class, of each label, or each number, in its own unit.

    Over the columns they add up to `difference` float64 [n, answers], the answer less that for the row without cells,
    but for `gap`, which is what the sum lacks.
    """

    values: Tensor
    difference: Tensor

    @property
    def gap(self) -> Tensor:
        return self.difference - self.values.sum(2)

    @property
    def is_complete(self) -> Tensor:
        """bool [n]: whether the sums of the row are exact to 0.1 %."""
        largest = torch.maximum(self.values.abs().sum(2), self.difference.abs())
        return (self.gap.abs() <= _EXACT * largest + 1e-6).all(1)


def attribute(
    predictor: Predictor, x_num: Tensor, x_cat: Tensor, of: Tensor | None = None, most: float = math.inf
) -> Attribution:
    """Of rows as `Features.encode` gives them. The path goes from the encoded row without cells straight to the encoded
    row: behind scaling and imputation of numbers, the one-hot places or the embeddings of categories. `of` int64 [n]:
    the one class, label or number of each row that is asked about. `most`: points of the paths of rows that are not
    exact; where they would take more, they stay so.

    The sums of a network of the user's own whose cells go another way than through the encoders are incomplete. Raises
    ConfigError if it cannot be differentiated.
    """
    asked = _asked(predictor, x_num, x_cat) if of is None else of[:, None]
    rows = torch.arange(len(x_num))
    found = _attributed(predictor, x_num, x_cat, asked, _STEPS[0])
    for steps in _STEPS[1:]:
        again = rows[~found.is_complete]
        if not len(again) or len(again) * steps > most:
            break
        found.values[again] = _attributed(predictor, x_num[again], x_cat[again], asked[again], steps).values
    return found


def _asked(predictor: Predictor, x_num: Tensor, x_cat: Tensor) -> Tensor:
    """The places of the answers, int64 [n, answers]."""
    output = predictor.features.output
    if output.task.has_classes:
        return predictor.predict_encoded(x_num, x_cat).point[:, None]
    return torch.arange(len(output.targets)).expand(len(x_num), -1)


def _attributed(predictor: Predictor, x_num: Tensor, x_cat: Tensor, asked: Tensor, steps: int) -> Attribution:
    size = max(1, _AT_ONCE // (predictor.bundle.network.vectors * steps))
    pieces = zip(torch.split(x_num, size), torch.split(x_cat, size), torch.split(asked, size), strict=True)
    found = [_piece(predictor, *piece, steps) for piece in pieces]
    return Attribution(torch.cat([each.values for each in found]), torch.cat([each.difference for each in found]))


def _piece(predictor: Predictor, x_num: Tensor, x_cat: Tensor, asked: Tensor, steps: int) -> Attribution:
    features = predictor.features
    nothing = torch.full_like(x_num, torch.nan), torch.full_like(x_cat, MISSING)
    with torch.no_grad():
        difference = (_answers(predictor, x_num, x_cat) - _answers(predictor, *nothing)).gather(1, asked).double()
    values = torch.zeros(*asked.shape, len(features.columns.names), dtype=torch.float64)
    if encoders := [*_encoders(predictor.bundle.network, features)]:
        gradients = _gradients(predictor, [encoder for encoder, _ in encoders])
        for place, answer in enumerate(asked.T):
            with _explained(predictor):
                shares = gradients.attribute(
                    (x_num, x_cat),
                    nothing,
                    additional_forward_args=answer,
                    n_steps=steps,
                    method="riemann_middle",
                    grad_kwargs={"materialize_grads": True},  # 0 where the answer does not hang on an encoder
                )
            for (_, owners), share in zip(encoders, shares, strict=True):
                of_inputs = share.detach().double().reshape(len(x_num), len(owners), -1).sum(2)
                values[:, place].index_add_(1, owners, of_inputs)
    return Attribution(values, difference)


def _answers(predictor: Predictor, x_num: Tensor, x_cat: Tensor) -> Tensor:
    """[n, classes], [n, labels] or [n, targets]."""
    output = predictor.features.output
    prediction = predicted(averaged(predictor.bundle.network(x_num, x_cat), output), output)
    return prediction.probability if output.answers else prediction.point.reshape(len(x_num), -1)


def _gradients(predictor: Predictor, encoders: list[nn.Module]) -> LayerIntegratedGradients:
    def total(x_num: Tensor, x_cat: Tensor, answer: Tensor) -> Tensor:
        """Over the rows, which know nothing of one another: captum would ask for the gradient of each by itself."""
        return _answers(predictor, x_num, x_cat).gather(1, answer[:, None]).sum(0)

    with warnings.catch_warnings():  # captum warns that no layer may feed another, which none does
        warnings.simplefilter("ignore")
        return LayerIntegratedGradients(total, encoders)


@contextmanager
def _explained(predictor: Predictor) -> Iterator[None]:
    """What torch says of code of the user's own that it cannot differentiate, as a sentence."""
    try:
        yield
    except RuntimeError as error:
        model = predictor.bundle.facts["config"]["model"]
        if model["name"] != "custom":
            raise
        reason = str(error).splitlines()[0]
        raise ConfigError(
            f"{model['class_name']} of {model['path']} has no gradient by its inputs, which alone tells what each "
            f"column adds: {reason}"
        ) from error


def _encoders(network: nn.Module, features: Features) -> Iterator[tuple[nn.Module, Tensor]]:
    """Where cells enter, in each member of an ensemble, with the place in `columns.names` of each number behind."""
    names = features.columns.names
    numeric = [names.index(_column(name, names)) for name in features.input.numeric]
    categorical = [names.index(name) for name in features.input.categorical]
    for module in network.modules():
        match module:
            case NumericEncoder() if module.d_out:
                yield module, torch.tensor([*numeric, *(numeric[j] for j in module.indicated.tolist())])
            case CategoricalEncoder() if module.widths:
                order = [*module.one_hot, *module.embedded]
                widths = torch.tensor(module.widths)
                yield module, torch.tensor([categorical[j] for j in order]).repeat_interleave(widths)
            case CategoryTokens():
                yield module, torch.tensor(categorical)


def _column(name: str, names: list[str]) -> str:
    """The column that the input `name` comes from: dates give several, DATE.elapsed_days for instance."""
    return name if name in names else max((each for each in names if name.startswith(f"{each}.")), key=len)
