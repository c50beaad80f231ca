"""The threshold that gives given rows the best metric."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

_EQUAL = 1e-12  # metrics that differ by less do so by rounding


@dataclass(frozen=True)
class Counts:
    """Weights of rows by what is true and what is chosen, at each of some thresholds: float64 [thresholds]."""

    hits: Tensor
    false_alarms: Tensor
    misses: Tensor
    rests: Tensor

    @property
    def reversed(self) -> "Counts":
        """Of those that are not true, and not chosen."""
        return Counts(self.rests, self.misses, self.false_alarms, self.hits)

    @property
    def all(self) -> Tensor:
        return self.hits + self.false_alarms + self.misses + self.rests


def best_threshold(score: Tensor, hit: Tensor, weight: Tensor, metric: str) -> float:
    """From 0 to 1: above it rows are chosen. Of scores float64 [n], hits bool [n] and weights float64 [n].

    Every way to divide the rows is tried, with a threshold in the middle between two scores; of equally good ones it is
    the one nearest to 0.5.
    """
    score, hit, weight = (each[weight > 0] for each in (score, hit, weight))
    scores, place = torch.unique(score, return_inverse=True)
    thresholds = _between(scores)
    values = _METRICS[metric](_counts(place, hit, weight, len(scores)))
    values[0] = torch.where(scores[0] > 0, values[0], -torch.inf)  # nothing is below a probability of 0
    best = thresholds[values >= values.max() - _EQUAL]
    return best[(best - 0.5).abs().argmin()].item()


def _between(scores: Tensor) -> Tensor:
    """A threshold below all, between each two neighbours, and above all: [scores + 1]."""
    ends = torch.tensor([0.0, 1.0], dtype=torch.float64)
    low, high = torch.cat([ends[:1], scores]), torch.cat([scores, ends[1:]])
    middle = (low + high) / 2
    return torch.where(middle < high, middle, low)


def _counts(place: Tensor, hit: Tensor, weight: Tensor, scores: int) -> Counts:
    """At each of the thresholds, of which the first has all rows above it; `place`: of each row among the scores."""
    of_true, of_others = (
        torch.zeros(scores, dtype=torch.float64).index_add_(0, place[rows], weight[rows]) for rows in (hit, ~hit)
    )
    misses, rests = (torch.nn.functional.pad(each.cumsum(0), (1, 0)) for each in (of_true, of_others))
    return Counts(misses[-1] - misses, rests[-1] - rests, misses, rests)


def _f1(of: Counts) -> Tensor:
    """1 where there is nothing to find and nothing is found."""
    return _ratio(2 * of.hits, 2 * of.hits + of.false_alarms + of.misses, 1.0)


def _recall(of: Counts) -> Tensor:
    return of.hits / (of.hits + of.misses)


def _mcc(of: Counts) -> Tensor:
    chosen, true = of.hits + of.false_alarms, of.hits + of.misses
    spread = (chosen * true * (of.all - chosen) * (of.all - true)).sqrt()
    return _ratio(of.hits * of.rests - of.false_alarms * of.misses, spread, 0.0)


def _kappa(of: Counts) -> Tensor:
    chosen, true = of.hits + of.false_alarms, of.hits + of.misses
    agreed = (of.hits + of.rests) * of.all
    by_chance = chosen * true + (of.all - chosen) * (of.all - true)
    return _ratio(agreed - by_chance, of.all.square() - by_chance, 0.0)


def _ratio(part: Tensor, whole: Tensor, otherwise: float) -> Tensor:
    return torch.where(whole > 0, part / torch.where(whole > 0, whole, 1.0), otherwise)


_METRICS: dict[str, Callable[[Counts], Tensor]] = {
    "accuracy": lambda of: (of.hits + of.rests) / of.all,
    "balanced_accuracy": lambda of: (_recall(of) + _recall(of.reversed)) / 2,
    "f1": lambda of: (_f1(of) + _f1(of.reversed)) / 2,
    "f1_binary": _f1,
    "mcc": _mcc,
    "cohen_kappa": _kappa,
}
"""The same as `src.metrics` gives for predictions, here for all thresholds at once."""
