"""The gradient of one batch: in one piece, or in parts that give the same but for rounding."""

import torch
from torch import Tensor, distributed

from src import batches
from src.compiled import compiled
from src.losses.row_loss import RowLoss
from src.models.dropout import Dropout
from src.models.network import Network
from src.replayed import Replayed
from src.steps import StepPlan

_DTYPES = {"bf16": torch.bfloat16, "16": torch.float16}


class Gradient:
    """Leaves the gradient of the batch's mean loss in the weights, summed over all processes.

    With precision 16 it is the gradient of a multiple of the loss, since small ones would be 0 in float16 (Micikevicius
    et al. 2018); `scaler` then steps with the gradient itself, or not at all if it overflowed. Else it does nothing.
    """

    def __init__(self, network: Network, loss: RowLoss, plan: StepPlan) -> None:
        self.network, self.loss, self.plan = network, loss, plan
        device = "cuda" if plan.device == "gpu" else plan.device
        self.scaler = torch.amp.GradScaler(device, enabled=plan.precision == "16")
        self.mean, self.total = self._mean, self._total
        if plan.compile == "gradient":
            self.mean, self.total = compiled(self._mean), compiled(self._total)
        self.replayed: dict[tuple[torch.Size, ...], Replayed] = {}
        self.reached: list[Tensor] = []  # the weights that the loss depends on
        self.dropouts = [module for module in network.modules() if isinstance(module, Dropout) and module.p > 0]

    def logits(self, x: Tensor, x_cat: Tensor) -> Tensor:
        """float32 [n, d_out], or [n, members, d_out], whatever the precision inside."""
        if self.plan.precision == "32":
            return self.network.from_encoded(x, x_cat)
        # entered for each step: autocast keeps its 16-bit copies of the weights until it is left
        with torch.autocast(x.device.type, _DTYPES[self.plan.precision]):
            return self.network.from_encoded(x, x_cat).float()

    def of_batch(self, x: Tensor, x_cat: Tensor, target: Tensor, row_weight: Tensor | None = None) -> Tensor:
        """The batch's mean loss, a scalar; with several processes this process's share of it."""
        if self.plan.world > 1 or self.plan.accumulate > 1:
            return self._in_parts(x, x_cat, target, row_weight)
        if self.plan.replayed:
            return self._replayed(x, x_cat, target, row_weight)
        loss = self.mean(x, x_cat, target, row_weight)
        self.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        return loss.detach()

    def _replayed(self, *rows: Tensor | None) -> Tensor:
        """The same, from the second batch of a size on without autograd and the modules of the network."""
        given = [each for each in rows if each is not None]
        sizes = tuple(each.shape for each in given)
        if sizes in self.replayed:
            loss, *gradients = self.replayed[sizes](*given)
        else:
            made = self.replayed[sizes] = Replayed(self._loss_and_gradients, given)
            loss, *gradients = made.first
        for weight, gradient in zip(self.reached, gradients, strict=True):
            weight.grad = gradient
        return loss

    def _loss_and_gradients(self, *rows: Tensor) -> list[Tensor]:
        x, x_cat, target, *row_weight = rows
        loss = self._mean(x, x_cat, target, row_weight[0] if row_weight else None)
        weights = [weight for weight in self.network.parameters() if weight.requires_grad]
        found = torch.autograd.grad(loss, weights, allow_unused=True)
        self.reached = [weight for weight, each in zip(weights, found, strict=True) if each is not None]
        # in the layout of the weights, as fused optimizers need it and autograd leaves it
        return [loss.detach(), *(each.contiguous() for each in found if each is not None)]

    def _mean(self, x: Tensor, x_cat: Tensor, target: Tensor, row_weight: Tensor | None) -> Tensor:
        loss: Tensor = self.loss(*self._of_members(self.logits(x, x_cat), target, row_weight))
        return loss

    def _total(self, x: Tensor, x_cat: Tensor, target: Tensor, row_weight: Tensor | None) -> Tensor:
        return self.loss.total(*self._of_members(self.logits(x, x_cat), target, row_weight))

    def _of_members(
        self, logits: Tensor, target: Tensor, row_weight: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """Each member's answer to a row counts as a row of its own: the mean loss is then the mean of theirs."""
        members = self.network.members
        if members == 1:
            return logits, target, row_weight
        repeated = None if row_weight is None else row_weight.repeat_interleave(members)
        return logits.flatten(0, 1), target.repeat_interleave(members, dim=0), repeated

    def _in_parts(self, x: Tensor, x_cat: Tensor, target: Tensor, row_weight: Tensor | None) -> Tensor:
        rows, weight = len(target), self.loss.weight(target, row_weight) * self.network.members
        first, last = batches.share(rows, self.plan.rank, self.plan.world)
        random = torch.cuda if x.is_cuda else torch.random
        generator = random.get_rng_state() if self.dropouts else None
        loss_sum = x.new_zeros(())
        for index in range(self.plan.accumulate):
            start, stop = (first + edge for edge in batches.share(last - first, index, self.plan.accumulate))
            for dropout in self.dropouts:
                dropout.part = (start, stop, rows)
            if generator is not None:
                random.set_rng_state(generator)  # every part draws the mask of the whole batch
            counts = None if row_weight is None else row_weight[start:stop]
            loss = self.total(x[start:stop], x_cat[start:stop], target[start:stop], counts) / weight
            self.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
            loss_sum += loss.detach()
        if self.plan.world > 1:
            self._add_up_over_processes()
        return loss_sum

    def _add_up_over_processes(self) -> None:
        gradients = [weight.grad for weight in self.network.parameters() if weight.grad is not None]
        flat = torch.cat([gradient.flatten() for gradient in gradients])  # one message instead of one per weight
        distributed.all_reduce(flat)
        pieces = torch.split(flat, [gradient.numel() for gradient in gradients])
        torch._foreach_copy_(gradients, [piece.view_as(g) for piece, g in zip(pieces, gradients, strict=True)])
