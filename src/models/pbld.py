"""Periodic, bias, linear, DenseNet: cosines with learned frequencies and phases, beside the number itself."""

import math

import torch
from torch import Tensor, nn

from src.models.column_linear import ColumnLinear


class Pbld(nn.Module):
    """Holzmüller et al., "Better by Default: Strong Pre-Tuned MLPs and Boosted Trees on Tabular Data", 2024, A.1.

        x [n, columns] ─┬─ cos(2π f x + phase) ─ Linear ─┬─ [n, columns, d_embedding]
                        └────────────────────────────────┘

    The frequencies, in waves per unit of x, start normal with standard deviation `frequency_scale`, the phases uniform
    in ±π. The number itself is the last of the `d_embedding`.
    """

    def __init__(
        self, columns: int, *, n_frequencies: int = 16, frequency_scale: float = 0.1, d_embedding: int = 4
    ) -> None:
        super().__init__()
        self.d_embedding = d_embedding
        self.frequency = nn.Parameter(torch.empty(columns, n_frequencies))
        nn.init.normal_(self.frequency, 0.0, frequency_scale)
        self.phase = nn.Parameter(torch.empty(columns * n_frequencies))  # flat: it counts as a bias
        nn.init.uniform_(self.phase, -math.pi, math.pi)
        self.layer = ColumnLinear(columns, n_frequencies, d_embedding - 1)

    def forward(self, x: Tensor) -> Tensor:
        column = x.T[:, :, None]
        phase = self.phase.view_as(self.frequency)[:, None]
        waves = torch.cos(torch.addcmul(phase, self.frequency[:, None], column, value=2 * math.pi))
        return torch.cat([self.layer(waves), column], dim=2).transpose(0, 1)
