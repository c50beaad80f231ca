"""A learner's network with its losses, to be called with the tensors of many (`torch.func.functional_call`)."""

from typing import Any, cast

import torch
from torch import Tensor, nn

from src.gradient import Gradient
from src.losses.row_loss import RowLoss
from src.models.network import Network
from src.noise import noisy
from src.outputs import averaged
from src.score import score
from src.spec import OutputSpec


class Whole(nn.Module):
    """Everything of a learner that has tensors in it. `smoothed`: each has a label smoothing of its own."""

    smoothing: Tensor | None

    def __init__(self, gradient: Gradient, loss: RowLoss, output: OutputSpec, smoothed: bool) -> None:
        super().__init__()
        self.register_buffer("smoothing", torch.tensor(loss.label_smoothing) if smoothed else None)
        self.network, self.train_loss, self.loss = gradient.network, gradient.loss, loss
        self.gradient, self.output = gradient, output

    def forward(self, what: str, x: Tensor, x_cat: Tensor, target: Tensor, weight: Tensor, *more: Tensor) -> Any:
        """`more`: the noise of each dropout for `mean`, y or nothing for `measured`."""
        if what == "mean":
            with noisy(self.network, more):
                logits = self.gradient.logits(x, x_cat)
            return self._of(self.train_loss, logits, target, weight), self.loss.weight(target, weight)
        logits = averaged(self.gradient.logits(x, x_cat), self.output)
        scores = [score(logits, y, self.output, weight) for y in more]
        return self._of(self.loss, logits, target, weight), logits, *scores

    def _of(self, loss: RowLoss, *batch: Tensor) -> Tensor:
        """The mean loss, which is linear in the label smoothing: no program has a number for each network."""
        if self.smoothing is None:
            return cast(Tensor, loss(*batch))
        own, ends = loss.label_smoothing, []
        for end in (0.0, 1.0):
            loss.label_smoothing = end
            ends.append(loss(*batch))
        loss.label_smoothing = own
        hard, flat = ends
        return torch.lerp(hard, flat, self.smoothing)


def moved(network: Network) -> list[tuple[str, nn.Parameter]]:
    """The weights that are learned, by their names."""
    return [(name, weight) for name, weight in network.named_parameters() if weight.requires_grad]
