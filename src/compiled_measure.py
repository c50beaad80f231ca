"""What is measured after an epoch, as one program: the loss and the score of a few validation rows."""

from time import monotonic

import torch
from torch import Tensor, nn
from torch.func import functional_call

from src.compiled import Program, program
from src.data.part import Part
from src.eager_steps import weight_of
from src.feed import Feed
from src.gradient import Gradient
from src.losses.row_loss import RowLoss
from src.monitor import Monitor
from src.outputs import averaged
from src.score import score
from src.spec import OutputSpec

MOST_ROWS = 4096
"""With more rows the operations themselves take the time, and not the calls."""


def pays(validation: Part, monitor: Monitor, output: OutputSpec) -> bool:
    """Whether its rows are few, and nothing but loss and score is wanted of them."""
    return len(validation) <= MOST_ROWS and monitor.name in ("loss", output.task.score)


class CompiledMeasure:
    """Of the rows of `feed`; equal to `Learner.evaluate` but for rounding."""

    def __init__(self, gradient: Gradient, loss: RowLoss, output: OutputSpec, feed: Feed) -> None:
        self.whole = _Whole(gradient, loss, output)
        rows = feed.stored(0, len(feed))
        counts = weight_of(rows.weight)
        self.rows = [rows.x, rows.x_cat, rows.target, *([] if counts is None else [counts]), feed.y]
        self.score = output.task.score
        tensors = [*self.whole.named_parameters(), *self.whole.named_buffers()]
        self.names = [name for name, _ in tensors]
        self.inputs = [*(tensor.detach() for _, tensor in tensors), *self.rows]
        self.program: Program | None = None
        self.seconds_of_compiling = 0.0

    def __call__(self) -> dict[str, float]:
        """With the weights as they are now."""
        if self.program is None:
            started = monotonic()
            self.whole.network.eval()
            with torch.no_grad():
                self.program = program(self._measured, self.inputs, len(self.inputs))
            self.program(*self.inputs)  # the first call loads it
            self.seconds_of_compiling = monotonic() - started
        loss, value = self.program(*self.inputs)[0].tolist()
        return {"loss": loss, self.score: value}

    def _measured(self, *inputs: Tensor) -> list[Tensor]:
        """What becomes a program: [loss, score], float64."""
        tensors = dict(zip(self.names, inputs, strict=False))
        x, x_cat, target, *counts, y = inputs[len(self.names) :]
        weight = counts[0] if counts else None
        measured = functional_call(self.whole, tensors, (x, x_cat, target, weight, y))
        return [torch.stack([each.double() for each in measured])]


class _Whole(nn.Module):
    """Everything that has tensors in it."""

    def __init__(self, gradient: Gradient, loss: RowLoss, output: OutputSpec) -> None:
        super().__init__()
        self.network, self.loss = gradient.network, loss
        self.gradient, self.output = gradient, output

    def forward(
        self, x: Tensor, x_cat: Tensor, target: Tensor, row_weight: Tensor | None, y: Tensor
    ) -> tuple[Tensor, Tensor]:
        logits = averaged(self.gradient.logits(x, x_cat), self.output)
        return self.loss(logits, target, row_weight), score(logits, y, self.output, row_weight)
