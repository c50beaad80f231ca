"""Dropout, weight decay and label smoothing over time: pure functions of the step, so resuming needs no state."""

import copy
import math
from collections.abc import Callable, Mapping

from torch.optim import Optimizer

from src.errors import ConfigError
from src.losses.row_loss import RowLoss
from src.models.dropout import Dropout
from src.models.network import Network

SHAPES: dict[str, Callable[[float], float]] = {
    "constant": lambda _: 1.0,
    "linear": lambda share: 1 - share,
    "cosine": lambda share: (1 + math.cos(math.pi * share)) / 2,
    "flat_cos": lambda share: (1 - math.cos(2 * math.pi * max(0.5, share))) / 2,
}
"""Share of the steps that are done → factor; the names are those of `src.config.schedules.Shape`."""


class Regularisation:
    """What `set` changes for each step: the dropouts of `network`, the groups of `optimizer`, and `loss`, a copy of
    what is given, which stays as it is to measure with.

    `schedules`: dropout, weight_decay and label_smoothing to the name of a shape; `steps`, of the whole training.
    Raises ConfigError if there is no dropout to be changed.
    """

    def __init__(
        self, schedules: Mapping[str, str], network: Network, optimizer: Optimizer, loss: RowLoss, steps: int
    ) -> None:
        self.shapes = {name: SHAPES[shape] for name, shape in schedules.items() if shape != "constant"}
        self.optimizer, self.loss, self.steps = optimizer, copy.copy(loss), steps
        self.dropouts = [(each, each.p) for each in network.modules() if isinstance(each, Dropout) and each.p > 0]
        self.decays = [float(group["weight_decay"]) for group in optimizer.param_groups]
        self.label_smoothing = loss.label_smoothing
        if "dropout" in self.shapes and not self.dropouts:
            raise ConfigError("trainer.schedules.dropout: the network has no src.models.dropout.Dropout above 0")

    def set(self, step: int) -> None:
        """For the optimizer step number `step`, counted from 0."""
        for name in self.shapes:
            factor = self.factor(name, step)
            match name:
                case "dropout":
                    for dropout, p in self.dropouts:
                        dropout.p = p * factor
                case "weight_decay":
                    for group, decay in zip(self.optimizer.param_groups, self.decays, strict=True):
                        group["weight_decay"] = decay * factor
                case "label_smoothing":
                    self.loss.label_smoothing = self.label_smoothing * factor

    def factor(self, name: str, step: int) -> float:
        """Of what stands in the configuration, for the optimizer step number `step`, counted from 0."""
        shape = self.shapes.get(name)
        return shape(step / self.steps) if shape else 1.0
