"""Test rows with answers, made up."""

import torch

from src.data.part import Part
from src.heads.head import Prediction
from src.report.answered import Answered
from src.spec import OutputSpec
from src.task import Task

N = 150
TWO = OutputSpec(("kind",), Task.BINARY, ("no", "yes"))
FOUR = OutputSpec(("kind",), Task.MULTICLASS, ("a", "b", "c", "d"))
LABELS = OutputSpec(("a", "b", "c"), Task.MULTILABEL)
VALUE = OutputSpec(("price",), Task.REGRESSION)
VALUES = OutputSpec(("price", "age"), Task.REGRESSION)
QUANTILES = OutputSpec(("price",), Task.REGRESSION, head="quantile", levels=(0.1, 0.5, 0.9))


def rows_of(output: OutputSpec, weighted: bool = False, n: int = N) -> Answered:
    """Answers that are often right, with many equal probabilities; some weights are 0."""
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(n, 4, generator=generator).double()
    if output.task.has_classes:
        share = torch.tensor([0.5, 0.3, 0.15, 0.05])[: len(output.classes)]
        y = torch.multinomial(share, n, True, generator=generator)
        logits = noise[:, : len(share)].round(decimals=1) + torch.nn.functional.one_hot(y, len(share))
        probability = torch.softmax(logits, 1)
        prediction = Prediction(probability.argmax(1), probability)
    elif output.answers:
        y = (torch.rand(n, 3, generator=generator) < 0.4).long()
        probability = torch.sigmoid(noise[:, :3] + y).round(decimals=2)
        prediction = Prediction((probability > 0.5).long(), probability)
    else:
        y = torch.randn(n, len(output.targets), generator=generator).double() * 20 + 50
        point = y + noise[:, : len(output.targets)] * 9
        y, point = (y[:, 0], point[:, 0]) if len(output.targets) == 1 else (y, point)
        prediction = Prediction(point)
    weight = torch.rand(n, generator=generator) * 3 * (torch.arange(n) % 4 > 0) if weighted else torch.empty(0)
    x = torch.randn(n, 2, generator=generator)
    part = Part(x, torch.zeros(n, 0, dtype=torch.int32), y, torch.arange(1, n + 1), weight)
    return Answered(part, prediction, output)
