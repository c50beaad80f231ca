"""What every head is: the meaning of the numbers that a network gives for a row."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor

from src.spec import OutputSpec


@dataclass(frozen=True)
class Prediction:
    """What a network says about n rows.

    `point`: the class index int64 [n], labels int64 [n, labels], or values float64 in units of the targets, [n] of
    one, [n, targets] of several. `probability`: float64 [n, classes] or [n, labels], of numbers [0, 0]. `beside` is
    shaped as the values are and has the names of `OutputSpec.beside`. `sets`: bool [n, classes], which classes are in
    the set of a row, None where there are no sets (`OutputSpec.has_sets`).
    """

    point: Tensor
    probability: Tensor = field(default_factory=lambda: torch.empty(0, 0))
    beside: dict[str, Tensor] = field(default_factory=dict)
    sets: Tensor | None = None

    @property
    def is_finite(self) -> Tensor:
        """bool [n]: whether all numbers that are said about the row are finite."""
        numbers = [self.point, *self.beside.values(), *([self.probability] if self.probability.numel() else [])]
        finite = [each.isfinite() for each in numbers]
        return torch.stack([each if each.ndim == 1 else each.all(1) for each in finite]).all(0)

    @cached_property
    def places(self) -> Tensor:
        """int64 [classes or labels, n]: how many distinct lower probabilities the column has. Sorted once, since a
        bootstrap asks thousands of times."""
        return torch.stack([torch.unique(column, return_inverse=True)[1] for column in self.probability.T])


class Head(ABC):
    """Reads logits float32 or float64 [n, d_out] of a network for `output`. Holds nothing that is learned."""

    def __init__(self, output: OutputSpec) -> None:
        self.output = output

    @abstractmethod
    def point(self, logits: Tensor) -> Tensor:
        """`Prediction.point` alone, in as little time and memory as possible."""

    @abstractmethod
    def predicted(self, logits: Tensor) -> Prediction:
        """All there is to say."""

    @abstractmethod
    def averaged(self, logits: Tensor) -> Tensor:
        """[n, members, d_out] → [n, d_out]: what the members say together, each counting the same."""
