"""Precision, recall and F1 of classes or labels: means over them, each counting the same (macro).

All take pairs (chosen, true), each bool [n], one pair for each class or label, and leave out those of which there is
none, neither chosen nor true; None if no pair is left.
"""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

Pairs = Sequence[tuple[Tensor, Tensor]]


def f1(pairs: Pairs, weight: Tensor | None) -> float | None:
    """2 tp / (2 tp + fp + fn)"""
    return _mean([2 * hits / (chosen + true) for hits, chosen, true in _counts(pairs, weight)])


def precision(pairs: Pairs, weight: Tensor | None) -> float | None:
    """tp / (tp + fp), 0 where none is chosen."""
    return _mean([hits / chosen if chosen else 0.0 for hits, chosen, _ in _counts(pairs, weight)])


def recall(pairs: Pairs, weight: Tensor | None) -> float | None:
    """tp / (tp + fn), 0 where none is true."""
    return _mean([hits / true if true else 0.0 for hits, _, true in _counts(pairs, weight)])


def recall_of_present(pairs: Pairs, weight: Tensor | None) -> float | None:
    """tp / (tp + fn), without those of which none is true."""
    return _mean([hits / true for hits, _, true in _counts(pairs, weight) if true])


def _counts(pairs: Pairs, weight: Tensor | None) -> Iterator[tuple[float, float, float]]:
    """Weights of the rows that are both, chosen, true."""
    for chosen, true in pairs:
        each = torch.ones(len(true), dtype=torch.float64) if weight is None else weight
        hits, selected, relevant = (torch.stack([chosen & true, chosen, true]).double() @ each).tolist()
        if selected + relevant > 0:
            yield hits, selected, relevant


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
