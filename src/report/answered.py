"""Rows of a part of the table, and what the finished model answers to them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from src.data.part import Part
from src.heads.head import Prediction
from src.spec import OutputSpec
from src.task import Task

_LEAST = torch.finfo(torch.float64).eps  # keeps log finite, as in src.metrics


class Asked(NamedTuple):
    """A class or label: how probable each row is of it, float64 [n], and which rows are, bool [n]."""

    name: str
    score: Tensor
    true: Tensor


@dataclass(frozen=True)
class Answered:
    """All in the order of the part's rows."""

    part: Part
    prediction: Prediction
    output: OutputSpec

    def __len__(self) -> int:
        return len(self.part)

    @property
    def y(self) -> Tensor:
        return self.part.y

    @property
    def weighted(self) -> bool:
        return len(self.part.weight) > 0

    @property
    def weight(self) -> Tensor:
        """float64 [n], 1 where rows have none."""
        return self.part.weight.double() if self.weighted else torch.ones(len(self), dtype=torch.float64)

    @property
    def sets(self) -> Tensor:
        """bool [n, classes]"""
        assert self.prediction.sets is not None, "asked of sets only"
        return self.prediction.sets

    def at(self, index: Tensor) -> "Answered":
        """Of these rows only; `index` int64 or bool."""
        part, found = self.part, self.prediction
        weight = part.weight[index] if self.weighted else part.weight
        rows = Part(part.x_num[index], part.x_cat[index], part.y[index], part.row[index], weight)
        probability = found.probability[index] if self.output.answers else found.probability
        beside = {name: values[index] for name, values in found.beside.items()}
        sets = None if found.sets is None else found.sets[index]
        return Answered(rows, Prediction(found.point[index], probability, beside, sets), self.output)

    def sample(self, most: int) -> "Answered":
        """Of so many rows at most, drawn by chance, always the same, in their order."""
        if len(self) <= most:
            return self
        drawn = torch.randperm(len(self), generator=torch.Generator().manual_seed(0))[:most]
        return self.at(drawn.sort().values)

    def asked(self, both: bool = False) -> Iterator[Asked]:
        """The second of two classes, or `both` of them; each of several, or each label."""
        probability, names = self.prediction.probability, self.output.answers
        of_class = torch.nn.functional.one_hot(self.y, len(names)) if self.output.task.has_classes else self.y
        for number, name in enumerate(names):
            if number or both or self.output.task is not Task.BINARY:
                yield Asked(name, probability[:, number], of_class[:, number] == 1)

    def surprise(self) -> Tensor:
        """How wrong each row's answer is, float64 [n]: the negative logarithm of the probability of the truth, the mean
        of it over the labels, or the absolute error; of several numbers the mean, each in standard deviations of its
        truth."""
        probability = self.prediction.probability
        if self.output.task.has_classes:
            return -probability.gather(1, self.y[:, None])[:, 0].clamp_min(_LEAST).log()
        if self.output.answers:
            return -torch.where(self.y == 1, probability, 1 - probability).clamp_min(_LEAST).log().mean(1)
        return self._errors().mean(1)

    def most_wrong(self) -> Tensor:
        """Which of its answers makes a row wrong, int64 [n]: the predicted class, the label whose truth is least
        probable, or the number that is farthest off, in standard deviations of its truth."""
        if self.output.task.has_classes:
            return self.prediction.point
        if self.output.answers:
            probability = self.prediction.probability
            return torch.where(self.y == 1, probability, 1 - probability).argmin(1)
        return self._errors().argmax(1)

    def score(self) -> Tensor:
        """What slices are compared by, float64 [n]: 1 if the class is right, the share of right labels, or the absolute
        error as in `surprise`."""
        if self.output.answers:
            return (self.prediction.point == self.y).double().reshape(len(self), -1).mean(1)
        return self._errors().mean(1)

    @property
    def score_name(self) -> str:
        if self.output.answers:
            return "accuracy"
        return "mae" if len(self.output.targets) == 1 else "absolute error in standard deviations"

    def _errors(self) -> Tensor:
        """[n, targets]"""
        point, y = (each.reshape(len(self), -1) for each in (self.prediction.point, self.y))
        spread = y.std(0, correction=0) if y.shape[1] > 1 else torch.ones(1, dtype=torch.float64)
        return (point - y).abs() / torch.where(spread > 0, spread, 1.0)
