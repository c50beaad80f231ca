"""How well scores put the rows of a class, or with a label, before the others; means over the classes or labels.

Both take pairs (score float64 [n], true bool [n]) and are None if in one of them a kind of row is absent.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

Pairs = Sequence[tuple[Tensor, Tensor]]


def roc_auc(pairs: Pairs, weight: Tensor | None) -> float | None:
    """The weighted share of pairs of a true and another row in which the true one has the higher score, equal scores
    counting half (Hanley & McNeil 1982)."""
    areas = []
    for score, true in pairs:
        of_true, of_others = _by_score(score, true, weight)
        if not of_true.sum() * of_others.sum() > 0:
            return None
        below = of_others.cumsum(0) - of_others / 2
        areas.append((of_true @ below / (of_true.sum() * of_others.sum())).item())
    return sum(areas) / len(areas)


def average_precision(pairs: Pairs, weight: Tensor | None) -> float | None:
    """The precision at each score from the highest down, weighted by how much of the true rows it adds, as in
    `sklearn.metrics.average_precision_score`."""
    areas = []
    for score, true in pairs:
        of_true, of_others = (each.flip(0) for each in _by_score(score, true, weight))
        if not of_true.sum() * of_others.sum() > 0:
            return None
        hits, chosen = of_true.cumsum(0), (of_true + of_others).cumsum(0)
        precision = torch.where(chosen > 0, hits / chosen, 0.0)
        areas.append((of_true @ precision / of_true.sum()).item())
    return sum(areas) / len(areas)


def _by_score(score: Tensor, true: Tensor, weight: Tensor | None) -> tuple[Tensor, Tensor]:
    """The weight of the true rows and of the others at each distinct score, from the lowest up; float64."""
    distinct, place = torch.unique(score, return_inverse=True)
    of_true, of_others = (
        torch.bincount(place[rows], None if weight is None else weight[rows], len(distinct)).double()
        for rows in (true, ~true)
    )
    return of_true, of_others
