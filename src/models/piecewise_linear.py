"""A number as a line with another slope in each bin."""

import torch
from torch import Tensor, nn

from src.models.activation import ACTIVATIONS
from src.models.bins import quantile_bins, tree_bins

_FARTHEST = 1e30  # bins away: lines that go on for longer would overflow, and a prediction be NaN
_MOST_CELLS = 2**20
"""Of what a tree tells apart, rows times k; a tree of one column then takes a tenth of a second."""


class PiecewiseLinear(nn.Module):
    """Gorishniy et al. 2022, section 3.2 (encoding); Gorishniy et al., "TabM", 2025 (version B: line and bins).

        x [n, columns] ─┬─ Linear ────────────────────────── + ─ [n, columns, d_embedding]
                        └─ encoding ─ Linear ─ activation ───┘

    encoding of x in bin j: 1 for the bins before it, (x - left border) / width for it, 0 for those behind; beyond the
    first and the last border the lines go on. The weights of the bins start at 0, so first there is a line only.

    The borders come from the train rows, by `fit`, and travel with the weights; before, one bin goes from 0 to 1. A
    column of one value has no bin. Tensors have room for `n_bins` bins, whatever was found.
    """

    left: Tensor
    per_width: Tensor
    lowest: Tensor
    highest: Tensor

    def __init__(
        self,
        columns: int,
        *,
        n_bins: int = 48,
        bins_by: str = "quantile",
        d_embedding: int = 16,
        activation: str = "identity",
        min_samples_leaf: int = 64,
    ) -> None:
        super().__init__()
        self.n_bins, self.bins_by, self.d_embedding = n_bins, bins_by, d_embedding
        self.min_samples_leaf = min_samples_leaf
        for name in ("left", "per_width", "lowest", "highest"):
            self.register_buffer(name, torch.zeros(columns, n_bins))
        self.set_borders([torch.tensor([0.0, 1.0])] * columns)
        self.slope = nn.Parameter(torch.empty(columns, d_embedding))
        self.bias = nn.Parameter(torch.empty(columns * d_embedding))  # flat, so that it counts as no matrix
        for weight in (self.slope, self.bias):
            nn.init.uniform_(weight, -(d_embedding**-0.5), d_embedding**-0.5)
        self.weight = nn.Parameter(torch.zeros(columns, n_bins, d_embedding))
        self.activation = ACTIVATIONS[activation]()

    def forward(self, x: Tensor) -> Tensor:
        column = x.T[:, :, None]
        line = torch.addcmul(self.bias.view(len(column), 1, -1), self.slope[:, None], column)
        bins: Tensor = self.activation(torch.bmm(self.encoded(x), self.weight))
        return (line + bins).transpose(0, 1)

    def encoded(self, x: Tensor) -> Tensor:
        """float32 [n, columns] → [columns, n, n_bins]; bins that a column has not are 0."""
        place = (x.T[:, :, None] - self.left[:, None]) * self.per_width[:, None]
        return torch.clamp(place, self.lowest[:, None], self.highest[:, None])

    @torch.no_grad()
    def fit(self, x: Tensor, y: Tensor) -> None:
        """The borders from train rows: x float32 [n, columns]; y [n, k], what to tell apart, for bins_by target.

        If k is large the first rows have to do.
        """
        if self.bins_by == "quantile":
            self.set_borders([quantile_bins(column, self.n_bins) for column in x.T])
        else:
            rows = _MOST_CELLS // y.shape[1]
            self.set_borders([tree_bins(column, y[:rows], self.n_bins, self.min_samples_leaf) for column in x[:rows].T])

    def set_borders(self, borders: list[Tensor]) -> None:
        """Of each column, ascending; those of one value have one."""
        for buffer in (self.left, self.per_width, self.lowest, self.highest):
            buffer.zero_()
        for j, border in enumerate(borders):
            bins = len(border) - 1
            if bins > 0:
                self.left[j, :bins] = border[:-1]
                self.per_width[j, :bins] = 1 / border.diff().clamp_min(1 / _FARTHEST)
                self.highest[j, :bins] = 1.0
                self.lowest[j, 0], self.highest[j, bins - 1] = -_FARTHEST, _FARTHEST
