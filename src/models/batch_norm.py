"""Batch normalisation over the whole batch, also where several processes hold parts of it."""

from typing import Any, cast

import torch
from torch import Tensor, distributed, nn


class BatchNorm(nn.BatchNorm1d):
    """`nn.BatchNorm1d` [n, d] → [n, d]; in a distributed run mean and variance are those of all processes' rows.

    (torch's SyncBatchNorm does the same on GPUs only.)
    """

    def forward(self, x: Tensor) -> Tensor:
        if not (self.training and distributed.is_initialized() and distributed.get_world_size() > 1):
            return super().forward(x)
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        assert self.momentum is not None
        dtype, x = x.dtype, x.float()  # bfloat16 cannot even count rows
        rows = x.new_tensor([x.shape[0]])
        distributed.all_reduce(rows)
        mean = _sum_over_processes(x.sum(0)) / rows
        variance = _sum_over_processes(((x - mean) ** 2).sum(0)) / rows
        with torch.no_grad():
            self.num_batches_tracked.add_(1)
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * rows / (rows - 1), self.momentum)
        standardised: Tensor = (x - mean) * torch.rsqrt(variance + self.eps)
        return (standardised * self.weight + self.bias).to(dtype)


def _sum_over_processes(x: Tensor) -> Tensor:
    return cast(Tensor, _SumOverProcesses.apply(x))  # type: ignore[no-untyped-call]


class _SumOverProcesses(torch.autograd.Function):
    """What one process puts in acts on the losses of all, so the gradient is the sum of all of theirs."""

    @staticmethod
    def forward(_ctx: Any, x: Tensor) -> Tensor:
        total = x.clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(_ctx: Any, gradient: Tensor) -> Tensor:
        total = gradient.clone()
        distributed.all_reduce(total)
        return total
