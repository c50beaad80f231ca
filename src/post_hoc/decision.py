"""From probabilities to a class, or to labels."""

import torch
from torch import Tensor

from src.spec import OutputSpec
from src.task import Task


def most_probable(probability: Tensor, output: OutputSpec) -> Tensor:
    """int64, the class [n], of ordered ones that in which half the probability is reached, or labels [n, labels]: as
    the heads decide, from probabilities float64."""
    if output.task is Task.MULTILABEL:
        return (probability > 0.5).long()
    if output.head in ("coral", "corn"):
        below = probability.cumsum(1)[:, :-1]
        return (below < 0.5).sum(1)
    return probability.argmax(1)


def decided(probability: Tensor, output: OutputSpec) -> Tensor:
    """By a threshold, above which the second class or a label is chosen, or by the least expected cost, of equal ones
    the first ("The Foundations of Cost-Sensitive Learning", Elkan 2001, equation 1)."""
    post_hoc = output.post_hoc
    if post_hoc.costs:
        costs = torch.tensor(post_hoc.costs, dtype=torch.float64, device=probability.device)
        return (probability @ costs).argmin(1)
    threshold = torch.tensor(post_hoc.threshold, dtype=torch.float64, device=probability.device)
    if output.task is Task.MULTILABEL:
        return (probability > threshold).long()
    return (probability[:, 1] > threshold).long()
