"""The gradient of the loss of one row, back through the network."""

from dataclasses import dataclass

import torch
from torch import Tensor

from src.losses.row_loss import RowLoss
from src.models.network import Network
from src.tracing.recording import Step, record_differentiable


@dataclass(frozen=True)
class Backward:
    """`loss` of the row, of several members the mean of theirs, as in training; `of_steps`: dL/d of what a step gave,
    shaped like it, by `Step.key`; `of_weights`: by name. What the loss does not depend on is 0."""

    loss: float
    of_steps: dict[tuple[str, int], Tensor]
    of_weights: dict[str, Tensor]

    def of(self, step: Step) -> Tensor:
        return self.of_steps.get(step.key, torch.zeros_like(step.given))


def backward(network: Network, x_num: Tensor, x_cat: Tensor, loss: RowLoss, y: Tensor) -> Backward:
    """Of one row with the truth `y`, [1] or [1, targets]."""
    recording = record_differentiable(network, x_num, x_cat)
    logits = recording.logits.flatten(0, -2)  # a row for each member
    target = loss.target(y).repeat_interleave(len(logits), dim=0)
    of_row = loss.rows(logits, target).mean()
    weights = {name: weight for name, weight in network.named_parameters() if weight.requires_grad}
    steps = [step for step in recording.steps if step.given.requires_grad]
    gradients = torch.autograd.grad(
        of_row, [*(step.given for step in steps), *weights.values()], materialize_grads=True
    )
    return Backward(
        of_row.item(),
        {step.key: gradient for step, gradient in zip(steps, gradients, strict=False)},
        dict(zip(weights, gradients[len(steps) :], strict=True)),
    )
