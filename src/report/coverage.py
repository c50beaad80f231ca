"""How often the truth lies below a predicted quantile, or inside a predicted interval."""

from dataclasses import dataclass
from statistics import NormalDist

import torch
from torch import Tensor

from src.report.answered import Answered
from src.report.intervals import effective

_CENTRAL = (0.5, 0.8, 0.9, 0.95)


@dataclass(frozen=True)
class Covered:
    """`nominal`: what share was said; `share`: of the test rows, which count as `rows` of equal weight; `width`: mean
    one of an interval, 0 for a quantile."""

    name: str
    nominal: float
    share: float
    rows: float
    width: float = 0.0


def coverage(tested: Answered) -> list[Covered]:
    """`tested`: of one target. Of the quantiles, the central intervals of a normal distribution and the interval that
    are told beside a prediction."""
    beside, point = tested.prediction.beside, tested.prediction.point
    found = []
    for name, value in beside.items():
        if name == "std":
            for share in _CENTRAL:
                reach = NormalDist().inv_cdf((1 + share) / 2) * value
                found.append(_covered(tested, f"{share:.0%} by std", share, point - reach, point + reach))
        elif name.startswith("q"):
            below = torch.full_like(value, -torch.inf)
            found.append(_covered(tested, f"below {name}", float(name.removeprefix("q")), below, value))
    said = tested.output.post_hoc.coverage
    if said is not None and "upper" in beside:
        found.append(_covered(tested, f"{said:.0%} interval", said, beside["lower"], beside["upper"]))
    return found


def _covered(tested: Answered, name: str, nominal: float, low: Tensor, high: Tensor) -> Covered:
    weight = tested.weight
    share = weight / weight.sum()
    inside = ((tested.y >= low) & (tested.y <= high)).double()
    width = 0.0 if low.isinf().any() else (share @ (high - low)).item()
    return Covered(name, nominal, (share @ inside).item(), effective(weight), width)
