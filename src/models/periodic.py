"""Waves of each number: cosines and sines of frequencies that are learned."""

import math

import torch
from torch import Tensor, nn

from src.models.activation import ACTIVATIONS
from src.models.column_linear import ColumnLinear


class Periodic(nn.Module):
    """Gorishniy et al., "On Embeddings for Numerical Features in Tabular Deep Learning", 2022, section 3.3.

        x [n, columns] ── 2π f x ──┬─ cos ─┬─ Linear ─ activation ─ [n, columns, d_embedding]
                                   └─ sin ─┘

    `lite`: one layer for all columns (Gorishniy et al., "TabR", 2024), else one for each. The frequencies, in waves
    per unit of x, start normal with standard deviation `frequency_scale`, cut at three of them.
    """

    def __init__(
        self,
        columns: int,
        *,
        n_frequencies: int = 48,
        frequency_scale: float = 0.01,
        d_embedding: int = 24,
        activation: str = "relu",
        lite: bool = False,
    ) -> None:
        super().__init__()
        self.d_embedding = d_embedding
        self.frequency = nn.Parameter(torch.empty(columns, n_frequencies))
        nn.init.trunc_normal_(self.frequency, 0.0, frequency_scale, -3 * frequency_scale, 3 * frequency_scale)
        width = 2 * n_frequencies
        self.layer = nn.Linear(width, d_embedding) if lite else ColumnLinear(columns, width, d_embedding)
        self.activation = ACTIVATIONS[activation]()

    def forward(self, x: Tensor) -> Tensor:
        angle = 2 * math.pi * self.frequency[:, None] * x.T[:, :, None]
        waves = torch.cat([angle.cos(), angle.sin()], dim=2)
        return self.activation(self.layer(waves)).transpose(0, 1)  # type: ignore[no-any-return]
