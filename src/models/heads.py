"""The last layer of several networks at once."""

from typing import Any, cast

import torch
from torch import Tensor, nn


class Heads(nn.Module):
    """float32 [n, members, d] → [n, members, d_out]: a layer for each member, uniform in ±1/sqrt(d) to start from."""

    def __init__(self, d: int, d_out: int, members: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(members, d_out, d))
        self.bias = nn.Parameter(torch.empty(members * d_out))  # flat, so that it counts as no matrix
        for weight in (self.weight, self.bias):
            nn.init.uniform_(weight, -(d**-0.5), d**-0.5)

    def forward(self, x: Tensor) -> Tensor:
        products = cast(Tensor, _Product.apply(x, self.weight.to(x.dtype)))  # type: ignore[no-untyped-call]
        return products + self.bias.view(self.weight.shape[:2])


class _Product(torch.autograd.Function):
    """x [n, members, d], weight [members, d_out, d] → [n, members, d_out].

    As a product of matrices for each member, of which torch works out the gradient with a narrow one on the right; that
    takes ten times as long as with a narrow one on the left, and as long as a tenth of the whole step.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return torch.bmm(x.transpose(0, 1), weight.mT).transpose(0, 1)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor]:
        x, weight = ctx.saved_tensors
        by_member = gradient.to(x.dtype).transpose(0, 1)  # autocast may have made it narrower
        return torch.bmm(by_member, weight).transpose(0, 1), torch.bmm(by_member.mT, x.transpose(0, 1))
