"""What is added to one weighted sum to tell several classes in an order apart."""

import torch
from torch import Tensor, nn


class Thresholds(nn.Module):
    """[n, 1] → [n, d_out], of several members [n, members, 1] → [n, members, d_out].

    Behind the last layer of a network it makes the CORAL layer (Cao et al. 2020, section 3.2): the same weights for
    each threshold between classes, and a bias of its own, which starts where the authors' `coral_pytorch` lets it.
    """

    def __init__(self, d_out: int, members: int = 1) -> None:
        super().__init__()
        start = torch.arange(d_out, 0, -1) / d_out
        self.bias = nn.Parameter(start if members == 1 else start.repeat(members, 1))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.bias
