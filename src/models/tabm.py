"""Many networks in one: they share their matrices, and each scales what goes in and out of them in its own way."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from src.models.activation import ACTIVATIONS
from src.models.dropout import Dropout
from src.models.heads import Heads
from src.models.layered import LayeredNetwork
from src.models.numeric_embedding import NONE
from src.spec import InputSpec


class TabM(LayeredNetwork):
    """Gorishniy et al., "TabM: Advancing Tabular Deep Learning with Parameter-Efficient Ensembling", 2025.

        x [n, d_in] ── first layer ── activation ── dropout ──┐
                                                              │  [n, members, d_block]
             ┌── (layer ── activation ── dropout) × rest ─────┘
             └── head of each member ── [n, members, d_out]

    A layer is, for each member, s * (W (r * x)) + b with the same W for all (BatchEnsemble, Wen et al. 2020). `form`
    full: all layers have r, s and b of each member. mini: only the first r is, layers are otherwise plain. The first r
    starts with random signs, or normal with numeric embeddings, alike for all inputs of a column; the others with 1.

    >>> network = TabM(input, d_out=3, members=32)
    >>> logits = network(x_num, x_cat)                                  # float32 [n, 32, 3]
    """

    def __init__(
        self,
        input: InputSpec,
        d_out: int,
        *,
        categorical: str = "auto",
        one_hot_max: int = 8,
        embedding_dim: int | None = None,
        numeric_embedding: Mapping[str, Any] = NONE,
        members: int = 32,
        form: str = "full",
        n_blocks: int = 3,
        d_block: int = 512,
        activation: str = "relu",
        dropout: float = 0.1,
    ) -> None:
        super().__init__(input, categorical, one_hot_max, embedding_dim, numeric_embedding)
        self.members = self.vectors = members
        layers: list[nn.Module] = []
        for index in range(n_blocks):
            if index == 0 or form == "full":
                layers.append(Layer(d_block if index else self.d_in, d_block, members, own=form == "full"))
            else:
                layers.append(nn.Linear(d_block, d_block))
            layers.append(ACTIVATIONS[activation]())
            if dropout > 0:
                layers.append(Dropout(dropout, of_bits=True))
        self.layers = nn.Sequential(*layers, Heads(d_block, d_out, members))
        self._scale_members_apart()
        self.silence_missing()

    @torch.no_grad()
    def _scale_members_apart(self) -> None:
        """One number for each member and column."""
        first = self.layers[0]
        assert isinstance(first, Layer)
        each = torch.randn(self.members, len(self.widths))
        if self.embedding is None:
            each = torch.where(each < 0, -1.0, 1.0)
        first.r.copy_(each.repeat_interleave(torch.tensor(self.widths, dtype=torch.int64), dim=1))


class Layer(nn.Linear):
    """x [n, d_in], the same for all members, or [n, members, d_in] → [n, members, d_out]: s * (W (r * x)) + b.

    `own`: s and b are of each member, else b is the same for all and s is 1.
    """

    def __init__(self, d_in: int, d_out: int, members: int, own: bool) -> None:
        super().__init__(d_in, d_out)
        self.r = nn.Parameter(torch.ones(members, d_in))
        self.s = nn.Parameter(torch.ones(members, d_out)) if own else None
        if own:  # the same start for all; flat, so that it counts as no matrix
            self.bias = nn.Parameter(self.bias.detach().repeat(members))

    def forward(self, x: Tensor) -> Tensor:
        if x.ndim == 2:
            if not x.requires_grad or len(x) > self.out_features:
                return self._stacked(x)
            x = x[:, None]
        # in the precision of x: autocast would go on in 32 bits after each product, and take longer for it
        scaled = x * self.r.to(x.dtype)
        if self.s is None:
            return F.linear(scaled, self.weight, self.bias)
        y = F.linear(scaled, self.weight)
        return torch.addcmul(self.bias.view_as(self.s).to(y.dtype), self.s.to(y.dtype), y)

    def _stacked(self, x: Tensor) -> Tensor:
        """One product, with the matrices s * W * r one above the other. Less work if they are smaller than r * x, and
        if x needs no gradient: then r * x needs none, which would take another product."""
        members = len(self.r)
        scale = self.r[:, None] if self.s is None else self.s[:, :, None] * self.r[:, None]
        bias = self.bias.repeat(members) if self.s is None else self.bias
        return F.linear(x, (self.weight * scale).flatten(0, 1), bias).view(x.shape[0], members, self.out_features)
