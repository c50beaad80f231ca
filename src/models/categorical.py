"""Categories of the table to inputs of the network.

In each column 0 is a category never seen in training (or too rare to be told apart), 1 a missing one, then the
vocabulary. What training never met must not act at random when predicting, so "unseen" and "missing" start without
effect.
"""

import math
from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

UNSEEN, MISSING, _FIRST = 0, 1, 2


class CategoricalEncoder(nn.Module):
    """`x_cat` int64 [n, d_cat] → float32 [n, d_out]: first the one-hot columns, then the embedded ones.

    one-hot: one 0/1 output for each value but "unseen", which is all zeros. Embedded: a learned vector for each value,
    of length `embedding_dim`, else min(50, ceil(1.6 * cardinality ** 0.56)) (the rule of fastai's `emb_sz_rule`, with a
    smaller upper limit). `how`: one_hot, embedding, or auto: one-hot for columns with at most `one_hot_max` values.
    """

    def __init__(
        self, cardinalities: Sequence[int], how: str = "auto", one_hot_max: int = 8, embedding_dim: int | None = None
    ) -> None:
        super().__init__()
        most = {"one_hot": math.inf, "auto": one_hot_max, "embedding": -1}[how]
        self.one_hot = {j: size for j, size in enumerate(cardinalities) if size - _FIRST <= most}
        self.embedded = [j for j in range(len(cardinalities)) if j not in self.one_hot]
        sizes = [cardinalities[j] for j in self.embedded]
        widths = [embedding_dim or min(50, math.ceil(1.6 * size**0.56)) for size in sizes]
        self.embeddings = nn.ModuleList(nn.Embedding(size, width) for size, width in zip(sizes, widths, strict=True))
        self.widths = [size - 1 for size in self.one_hot.values()] + widths
        self.d_out = sum(self.widths)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Uniform in ±1/sqrt(length), so that a vector has the length of one standardised number; 0 for the unmet."""
        for module in self.embeddings:
            weight = cast(nn.Embedding, module).weight
            nn.init.uniform_(weight, -(weight.shape[1] ** -0.5), weight.shape[1] ** -0.5)
            with torch.no_grad():
                weight[[UNSEEN, MISSING]] = 0.0

    @property
    def of_missing(self) -> list[int]:
        """Positions of the one-hot outputs that stand for a missing category."""
        return [sum(self.widths[:j]) + MISSING - 1 for j in range(len(self.one_hot))]

    def forward(self, x_cat: Tensor) -> Tensor:
        if not self.widths:
            return torch.empty(x_cat.shape[0], 0, device=x_cat.device)
        indicators = [_one_hot(x_cat[:, j], size) for j, size in self.one_hot.items()]
        vectors = [embed(x_cat[:, j]) for j, embed in zip(self.embedded, self.embeddings, strict=True)]
        return torch.cat([*indicators, *vectors], dim=1)


def _one_hot(codes: Tensor, size: int) -> Tensor:
    """float32 [n, size - 1]: of all but code 0. (F.one_hot looks at the codes first, which no program can.)"""
    return (codes[:, None] == torch.arange(1, size, device=codes.device)).to(torch.float32)
