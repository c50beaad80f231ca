"""Optimizer steps, one operation after another."""

from collections.abc import Iterable, Sequence
from functools import partial

import torch
from torch import Tensor
from torch.optim import Optimizer

from src.averaging import Averaging, ExponentialAverage
from src.feed import Feed
from src.gradient import Gradient
from src.losses.row_loss import RowLoss
from src.optimizers.formulas import Formula
from src.regularisation import Regularisation
from src.schedulers import Schedule


class EagerSteps:
    """Moves the weights that `gradient` is of. `loss` is the one that measures, for the weight of a batch."""

    def __init__(
        self,
        gradient: Gradient,
        loss: RowLoss,
        optimizer: Optimizer,
        schedule: Schedule,
        regularisation: Regularisation,
        averaging: Averaging,
    ) -> None:
        self.gradient, self.loss, self.optimizer = gradient, loss, optimizer
        self.schedule, self.regularisation, self.averaging = schedule, regularisation, averaging
        self.weights: list[Tensor] = [weight for weight in gradient.network.parameters() if weight.requires_grad]
        self.lr: float = optimizer.defaults["lr"]
        self.clip = gradient.plan.gradient_clip
        step = type(optimizer).step
        self.move = partial(getattr(step, "__wrapped__", step), optimizer)  # without hooks, which take a quarter of it
        self.seconds_of_compiling = 0.0

    @property
    def group_of(self) -> dict[Tensor, tuple[float, float]]:
        """Of each weight that the optimizer moves: factor of the learning rate, and weight decay."""
        groups = zip(self.optimizer.param_groups, self.regularisation.decays, strict=True)
        return {weight: (group["lr_factor"], decay) for group, decay in groups for weight in group["params"]}

    def numbers_beside_lr(self, step: int, formula: Formula) -> list[float]:
        """What changes from step to step beside the learning rate: factor of the weight decay, share of the weights in
        their average, numbers of the formula."""
        share = 0.0
        if isinstance(self.averaging, ExponentialAverage):
            share = self.averaging.share(step + 1) if step else 1.0  # the first average is the weights themselves
        return [self.regularisation.factor("weight_decay", step), share, *formula.numbers_of(step + 1)]

    def run(self, feed: Feed, starts: Sequence[int], first: int) -> tuple[Tensor, Tensor]:
        """A step for each batch of `feed`, from one of `starts` to before the next; `first` is the number of the first
        step, counted from 0. The batches' losses and what each counts, [steps]."""
        return self.one_by_one(feed.batches(starts), first)

    def one_by_one(self, batches: Iterable[tuple[Tensor, ...]], first: int) -> tuple[Tensor, Tensor]:
        """`run` for these batches."""
        losses, weights = [], []
        for step, batch in enumerate(batches, first):
            loss, weight = self._whole(batch, step)
            losses.append(loss)
            weights.append(weight)
        stacked = torch.stack(losses)
        return stacked, stacked.new_tensor(weights)

    def _whole(self, batch: tuple[Tensor, ...], step: int) -> tuple[Tensor, Tensor | float]:
        """Step number `step` with all that belongs to it."""
        self.regularisation.set(step)
        loss, weight = self.step(batch, self.schedule.factor(step))
        self.averaging.step_ended(step + 1)
        return loss, weight

    def step(self, batch: tuple[Tensor, ...], factor: float) -> tuple[Tensor, Tensor | float]:
        """Moves the weights by `factor` times the learning rate. What `Gradient` gives of the batch, and its weight."""
        x, x_cat, target, counts = batch
        row_weight = weight_of(counts)
        for group in self.optimizer.param_groups:
            group["lr"] = self.lr * factor * group["lr_factor"]
        for weight in self.weights:
            weight.grad = None  # optimizer.zero_grad() takes a third of the time of a small step
        loss = self.gradient.of_batch(x, x_cat, target, row_weight)
        scaler = self.gradient.scaler
        if self.clip is not None:
            scaler.unscale_(self.optimizer)
            torch.nn.utils.clip_grad_norm_(self.weights, self.clip)
        if scaler.is_enabled():
            scaler.step(self.optimizer)
            scaler.update()
        else:
            self.move()
        return loss, self.loss.weight(target, row_weight)


def weight_of(counts: Tensor) -> Tensor | None:
    """Of each row, float32 [n], from the [n, 1] that a feed gives, or the [n, 0] where rows have none."""
    return counts[:, 0] if counts.shape[1] else None
