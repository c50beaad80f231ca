"""Categories of the table to inputs of the network.

In each column 0 is a category never seen in training, 1 a missing one, then the vocabulary. What training never met
must not act at random when predicting, so both kinds of encoder start with "unseen" and "missing" without effect.
"""

import math
from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

UNSEEN, MISSING = 0, 1


class OneHotEncoder(nn.Module):
    """`x_cat` int64 [n, d_cat] → float32 [n, d_out]: one 0/1 output for each value but "unseen", which is all zeros."""

    def __init__(self, cardinalities: Sequence[int]) -> None:
        super().__init__()
        self.cardinalities = tuple(cardinalities)
        self.d_out = sum(cardinalities) - len(cardinalities)

    @property
    def of_missing(self) -> list[int]:
        """Positions of the outputs that stand for a missing category."""
        starts = [sum(self.cardinalities[:j]) - j for j in range(len(self.cardinalities))]
        return [start + MISSING - 1 for start in starts]

    def forward(self, x_cat: Tensor) -> Tensor:
        columns = [F.one_hot(x_cat[:, j], size)[:, 1:] for j, size in enumerate(self.cardinalities)]
        return torch.cat(columns, dim=1).to(torch.float32)


class EmbeddingEncoder(nn.Module):
    """`x_cat` int64 [n, d_cat] → float32 [n, d_out]: a learned vector for each value of each column.

    Length of the vectors: `embedding_dim`, else min(50, ceil(1.6 * cardinality ** 0.56)) (the rule of fastai's
    `emb_sz_rule`, with a smaller upper limit).
    """

    def __init__(self, cardinalities: Sequence[int], embedding_dim: int | None = None) -> None:
        super().__init__()
        widths = [embedding_dim or min(50, math.ceil(1.6 * size**0.56)) for size in cardinalities]
        self.embeddings = nn.ModuleList(
            nn.Embedding(size, width) for size, width in zip(cardinalities, widths, strict=True)
        )
        self.d_out = sum(widths)
        self.of_missing: list[int] = []
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Uniform in ±1/sqrt(length), so that a vector has the length of one standardised number; 0 for the unmet."""
        for module in self.embeddings:
            weight = cast(nn.Embedding, module).weight
            nn.init.uniform_(weight, -(weight.shape[1] ** -0.5), weight.shape[1] ** -0.5)
            with torch.no_grad():
                weight[[UNSEEN, MISSING]] = 0.0

    def forward(self, x_cat: Tensor) -> Tensor:
        return torch.cat([embed(x_cat[:, j]) for j, embed in enumerate(self.embeddings)], dim=1)
