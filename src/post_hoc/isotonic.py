"""The rising curve with the least squared error ("Transforming Classifier Scores into Accurate Multiclass Probability
Estimates", Zadrozny & Elkan 2002), by pooling of adjacent violators (Barlow et al. 1972)."""

import torch
from torch import Tensor

Curve = tuple[tuple[float, ...], tuple[float, ...]]
"""Ascending numbers, and what becomes of each."""


def rising_curve(score: Tensor, hit: Tensor, weight: Tensor) -> Curve:
    """Of scores float64 [n] to hits (0 or 1) [n], weighted by float64 [n]; only the knots at which it bends."""
    counting = weight > 0
    knots, place = torch.unique(score[counting], return_inverse=True)
    total = torch.zeros_like(knots).index_add_(0, place, weight[counting])
    hits = torch.zeros_like(knots).index_add_(0, place, weight[counting] * hit[counting])
    values, lengths = _pooled((hits / total).tolist(), total.tolist())
    level = torch.tensor(values, dtype=torch.float64).repeat_interleave(torch.tensor(lengths))
    bends = torch.ones(len(level), dtype=torch.bool)
    bends[1:-1] = (level[1:-1] != level[:-2]) | (level[1:-1] != level[2:])
    return tuple(knots[bends].tolist()), tuple(level[bends].tolist())


def _pooled(means: list[float], weights: list[float]) -> tuple[list[float], list[int]]:
    """Values that never fall, and how many of the means each stands for."""
    values, totals, lengths = list[float](), list[float](), list[int]()
    for mean, weight in zip(means, weights, strict=True):
        length = 1
        while values and values[-1] >= mean:
            before = totals.pop()
            mean = (values.pop() * before + mean * weight) / (before + weight)
            weight += before
            length += lengths.pop()
        values.append(mean)
        totals.append(weight)
        lengths.append(length)
    return values, lengths
