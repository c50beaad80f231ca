"""A layer for each column of the table."""

import torch
from torch import Tensor, nn


class ColumnLinear(nn.Module):
    """float32 [columns, n, d_in] → [columns, n, d_out]: the vector of each column through a layer of its own.

    `weight` [columns, d_in, d_out] and `bias` [columns * d_out], flat, so that it counts as no matrix, start uniform in
    ±1/sqrt(d_in).
    """

    def __init__(self, columns: int, d_in: int, d_out: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(columns, d_in, d_out))
        self.bias = nn.Parameter(torch.empty(columns * d_out))
        for weight in (self.weight, self.bias):
            nn.init.uniform_(weight, -(d_in**-0.5), d_in**-0.5)

    def forward(self, x: Tensor) -> Tensor:
        return torch.baddbmm(self.bias.view(len(x), 1, -1), x, self.weight)
