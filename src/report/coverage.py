"""How often the truth lies below a predicted quantile, or inside a predicted interval."""

from dataclasses import dataclass
from statistics import NormalDist

import polars as pl
import torch
from torch import Tensor

from src.report.answered import Answered
from src.report.intervals import effective

LOWER, UPPER = "prediction_lower", "prediction_upper"
"""Columns of predictions.parquet, of several targets with _<target> behind, where intervals were asked for."""

_CENTRAL = (0.5, 0.8, 0.9, 0.95)


@dataclass(frozen=True)
class Covered:
    """`nominal`: what share was said, None where the table does not tell; `share`: of the test rows, which count as
    `rows` of equal weight; `width`: mean one of an interval, 0 for a quantile."""

    name: str
    nominal: float | None
    share: float
    rows: float
    width: float = 0.0


def coverage(tested: Answered, predictions: pl.DataFrame) -> list[Covered]:
    """`tested`: of one target. Of the quantiles or central intervals that the network gives, and of the intervals in
    `predictions`, if any."""
    beside, point = tested.prediction.beside, tested.prediction.point
    found = []
    for name, value in beside.items():
        if name == "std":
            for share in _CENTRAL:
                reach = NormalDist().inv_cdf((1 + share) / 2) * value
                found.append(_covered(tested, f"{share:.0%} interval", share, point - reach, point + reach))
        else:
            level = float(name.removeprefix("q"))
            found.append(_covered(tested, f"below {name}", level, torch.full_like(value, -torch.inf), value))
    return [*found, *_of_table(tested, predictions)]


def _of_table(tested: Answered, predictions: pl.DataFrame) -> list[Covered]:
    [target] = tested.output.targets
    for end in ("", f"_{target}"):
        if {LOWER + end, UPPER + end} <= {*predictions.columns}:
            low, high = (predictions[name + end].cast(pl.Float64).to_torch() for name in (LOWER, UPPER))
            return [_covered(tested, "interval of the predictions", None, low, high)]
    return []


def _covered(tested: Answered, name: str, nominal: float | None, low: Tensor, high: Tensor) -> Covered:
    weight = tested.weight
    share = weight / weight.sum()
    inside = ((tested.y >= low) & (tested.y <= high)).double()
    width = 0.0 if low.isinf().any() else (share @ (high - low)).item()
    return Covered(name, nominal, (share @ inside).item(), effective(weight), width)
