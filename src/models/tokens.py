"""Cells of a row as tokens: a vector for each, all of one length."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from src.models.categorical import MISSING, UNSEEN


class NumberTokens(nn.Module):
    """x float32 [n, d] → [n, d, d_token]: a vector of the column times the number, plus another one of the column."""

    def __init__(self, d: int, d_token: int) -> None:
        super().__init__()
        self.weight, self.bias = uniform(d, d_token), uniform(d, d_token)

    def forward(self, x: Tensor) -> Tensor:
        return torch.addcmul(self.bias, x[:, :, None], self.weight)


class CategoryTokens(nn.Module):
    """x_cat int64 [n, d] → float32 [n, d, d_token]: a vector of the value, plus one of the column.

    The values unseen and missing start as the vector of the column alone (see `src.models.categorical`).
    """

    starts: Tensor

    def __init__(self, cardinalities: Sequence[int], d_token: int) -> None:
        super().__init__()
        self.weight, self.bias = uniform(sum(cardinalities), d_token), uniform(len(cardinalities), d_token)
        starts = torch.tensor([sum(cardinalities[:j]) for j in range(len(cardinalities))])
        self.register_buffer("starts", starts, persistent=False)
        with torch.no_grad():
            self.weight[torch.cat([starts + UNSEEN, starts + MISSING])] = 0.0

    def forward(self, x_cat: Tensor) -> Tensor:
        return F.embedding(x_cat + self.starts, self.weight) + self.bias


def uniform(*shape: int) -> nn.Parameter:
    """Weights to start from, in ±1/sqrt(length of a vector)."""
    end = shape[-1] ** -0.5
    return nn.Parameter(torch.empty(shape).uniform_(-end, end))
