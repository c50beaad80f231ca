"""Sets of classes and intervals that hold the truth of a given share of the rows (split conformal prediction).

Each row has a score: how unlike to what is predicted its truth is. The score that enough validation rows do not exceed
is the radius; a new row's set, or interval, is all that has no larger score (Vovk et al. 2005, Lei et al. 2018).
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from src.heads.head import Prediction
from src.spec import OutputSpec

_ROUNDING, _LEAST_UNIT = 1e-9, 1e-9
_TIE = 1e-6
"""Of a probability: as far as rounding reaches (`src.parity`). Rows that are like the one which set the radius, often
many, lie exactly on it; without this, the last bit would decide about their sets, and say otherwise elsewhere."""


def sets(prediction: Prediction, output: OutputSpec) -> Tensor:
    """bool [n, classes]: those with no larger score than the radius, and the one that is predicted, so that no set is
    empty.

    The score of a class is 1 - its probability (least ambiguous sets: Sadinle, Lei & Wasserman 2019): these sets have
    the fewest classes on average. (Adaptive sets, Romano et al. 2020, are larger and need a random number for each row:
    the same row would not always have the same answer.)
    """
    chosen = F.one_hot(prediction.point, len(output.classes)).bool()
    return (1 - prediction.probability <= _radius(output, prediction.probability) + _TIE) | chosen


def class_scores(prediction: Prediction, y: Tensor) -> Tensor:
    """Of the true classes y int64 [n]."""
    return 1 - prediction.probability.gather(1, y[:, None])[:, 0]


def interval(prediction: Prediction, output: OutputSpec) -> tuple[Tensor, Tensor]:
    """Both ends, shaped as the points are and in the same units."""
    low, high, unit = _middle(prediction, output)
    margin = unit * _radius(output, prediction.point)
    lower, upper = low - margin, high + margin
    middle = (lower + upper) / 2  # where quantiles lie farther apart than they need to, the margin is negative
    ends = torch.minimum(lower, middle), torch.maximum(upper, middle)
    if output.head == "poisson":
        return ends[0].clamp_min(0), ends[1]
    return (_from_log(ends[0]), _from_log(ends[1])) if output.log else ends


def value_scores(prediction: Prediction, y: Tensor, output: OutputSpec) -> Tensor:
    """Of the true values y, shaped as they are."""
    low, high, unit = _middle(prediction, output)
    value = _to_log(y) if output.log else y
    return torch.maximum(low - value, value - high) / unit


def _middle(prediction: Prediction, output: OutputSpec) -> tuple[Tensor, Tensor, Tensor]:
    """The two values from which scores are counted, and the unit of the scores, each shaped as the points are; with
    `OutputSpec.log` in logarithms.

    The lowest and the highest quantile (conformalised quantile regression: Romano, Patterson & Candès 2019); else both
    are the point, and the unit is its standard deviation where the network says one, of a count the root of its rate.
    """
    point = _to_log(prediction.point) if output.log else prediction.point
    match output.head:
        case "quantile":
            ends = [prediction.beside[f"q{level}"] for level in (output.levels[0], output.levels[-1])]
            low, high = map(_to_log, ends) if output.log else ends
            return low, high, torch.ones_like(point)
        case "gaussian_nll":
            return point, point, prediction.beside["std"]
        case "poisson":
            return point, point, point.sqrt().clamp_min(_LEAST_UNIT)
    return point, point, torch.ones_like(point)


def _radius(output: OutputSpec, like: Tensor) -> Tensor:
    return torch.tensor(output.post_hoc.radius, dtype=torch.float64, device=like.device)


def _to_log(value: Tensor) -> Tensor:
    return value.sign() * value.abs().log1p()


def _from_log(value: Tensor) -> Tensor:
    return value.sign() * value.abs().expm1()


def least_rows(coverage: float) -> int:
    """Fewer cannot tell which score is exceeded so rarely: n with ceil((n + 1) * coverage) <= n."""
    return math.ceil(coverage / (1 - coverage) - _ROUNDING)


def radius(scores: Tensor, weight: Tensor | None, coverage: float) -> float:
    """The ceil((n + 1) * coverage)-th smallest of scores float64 [n], which a new row then exceeds with a probability
    of 1 - coverage at most (Lei et al. 2018, theorem 2.2). There must be `least_rows`.

    A row counts as its weight says; a new one, which has none, as the others do on average.
    """
    counted = torch.ones_like(scores) if weight is None else weight.double()
    scores, counted = scores[counted > 0], counted[counted > 0]
    ordered, order = scores.sort()
    below = counted[order].cumsum(0)
    needed = coverage * (below[-1] + counted.mean())
    place = int(torch.searchsorted(below, needed - _ROUNDING * below[-1]))
    assert place < len(ordered)
    return ordered[place].item()
