"""How much more often predicted and true class agree than by chance, from the table of how often each pair occurs."""

import math

import torch
from torch import Tensor


def table(chosen: Tensor, y: Tensor, classes: int, weight: Tensor | None) -> Tensor:
    """float64 [classes, classes], true by predicted; `chosen` and `y` int64 [n]."""
    return torch.bincount(y * classes + chosen, weight, classes**2).double().reshape(classes, classes)


def mcc(counts: Tensor) -> float:
    """The correlation of Matthews for any number of classes (Gorodkin 2004); 0 if only one is predicted or true."""
    rows, true, chosen = counts.sum(), counts.sum(1), counts.sum(0)
    spread = ((rows.square() - true @ true) * (rows.square() - chosen @ chosen)).item()
    return ((counts.trace() * rows - true @ chosen) / math.sqrt(spread)).item() if spread > 0 else 0.0


def kappa(counts: Tensor, quadratic: bool = False) -> float | None:
    """Cohen's kappa (1960); `quadratic`: a miss costs the square of its distance in the order of the classes (1968).

    None if every row is of, and predicted as, the same class.
    """
    place = torch.arange(len(counts), dtype=torch.float64)
    distance = place[:, None] - place
    cost = distance.square() if quadratic else (distance != 0).double()
    by_chance = (cost * torch.outer(counts.sum(1), counts.sum(0)) / counts.sum()).sum()
    return (1 - (cost * counts).sum() / by_chance).item() if by_chance > 0 else None
