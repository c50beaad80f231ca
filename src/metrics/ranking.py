"""How well scores put the rows of a class, or with a label, before the others; means over the classes or labels.

Both take pairs (place int64 [n], true bool [n]), `place` as in `Prediction.places`, and are None if in one of them a
kind of row is absent.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

Pairs = Sequence[tuple[Tensor, Tensor]]


def roc_auc(pairs: Pairs, weight: Tensor | None) -> float | None:
    """The weighted share of pairs of a true and another row in which the true one has the higher score, equal scores
    counting half (Hanley & McNeil 1982)."""
    areas = []
    for place, true in pairs:
        of_true, of_others = _by_score(place, true, weight)
        pairs_of_rows = of_true.sum() * of_others.sum()
        if not pairs_of_rows > 0:
            return None
        below = of_others.cumsum(0) - of_others / 2
        areas.append((of_true @ below / pairs_of_rows).item())
    return sum(areas) / len(areas)


def average_precision(pairs: Pairs, weight: Tensor | None) -> float | None:
    """The precision at each score from the highest down, weighted by how much of the true rows it adds, as in
    `sklearn.metrics.average_precision_score`."""
    areas = []
    for place, true in pairs:
        of_true, of_others = (each.flip(0) for each in _by_score(place, true, weight))
        if not of_true.sum() * of_others.sum() > 0:
            return None
        hits, chosen = of_true.cumsum(0), (of_true + of_others).cumsum(0)
        precision = torch.where(chosen > 0, hits / chosen, 0.0)
        areas.append((of_true @ precision / of_true.sum()).item())
    return sum(areas) / len(areas)


def _by_score(place: Tensor, true: Tensor, weight: Tensor | None) -> tuple[Tensor, Tensor]:
    """The weight of the true rows and of the others at each distinct score, from the lowest up; float64."""
    each = torch.ones(len(place), dtype=torch.float64) if weight is None else weight
    return torch.bincount(place, each * true), torch.bincount(place, each * ~true)
