"""FT-Transformer: the cells of a row are tokens that attend to one another."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from src.models.dropout import Dropout
from src.models.network import Network
from src.models.tokens import CategoryTokens, NumberTokens, uniform
from src.spec import InputSpec


class FtTransformer(Network):
    """Gorishniy et al., "Revisiting Deep Learning Models for Tabular Data", NeurIPS 2021, section 3.3.

        x_num [n, d_num] ── impute, scale ── tokens ──┐
        x_cat [n, d_cat] ─────────────────── tokens ──┼─ block × n_blocks ─ CLS ─ norm ─ ReLU ─ Linear ─ [n, d_out]
                                                CLS ──┘

        block:  ─┬─ norm ─ attention ─ dropout ─ + ─┬─ norm ─ Linear ─ ReGLU ─ dropout ─ Linear ─ dropout ─ + ─
                 └───────────────────────────────┘  └───────────────────────────────────────────────────────┘

    A token is `d_block` numbers, inside a block `int(d_block * ffn_d_hidden_multiplier)`. The 0/1 that tells which
    numbers were missing are numbers like the others, each with its token. The first block has no norm before its
    attention, and the last one works out CLS alone, since nothing else is read.

    >>> network = FtTransformer(input, d_out=3, n_blocks=3, d_block=192)
    >>> logits = network(x_num, x_cat)                                  # float32 [n, 3]

    Defaults and initial weights are those of the authors' package rtdl_revisiting_models.
    """

    def __init__(
        self,
        input: InputSpec,
        d_out: int,
        *,
        n_blocks: int = 3,
        d_block: int = 192,
        attention_n_heads: int = 8,
        attention_dropout: float = 0.2,
        ffn_d_hidden_multiplier: float = 4 / 3,
        ffn_dropout: float = 0.1,
        residual_dropout: float = 0.0,
    ) -> None:
        super().__init__(input)
        self.vectors = 1 + self.numeric.d_out + len(input.categorical)
        self.cls = uniform(d_block)
        self.numbers = NumberTokens(self.numeric.d_out, d_block) if self.numeric.d_out else None
        self.categories = CategoryTokens(input.cardinalities, d_block) if input.categorical else None
        d_hidden = int(d_block * ffn_d_hidden_multiplier)
        self.blocks = nn.ModuleList(
            Block(
                nn.LayerNorm(d_block) if index else nn.Identity(),
                Attention(d_block, attention_n_heads, attention_dropout),
                nn.Sequential(
                    nn.LayerNorm(d_block),
                    nn.Linear(d_block, 2 * d_hidden),
                    ReGlu(),
                    Dropout(ffn_dropout),
                    nn.Linear(d_hidden, d_block),
                ),
                Dropout(residual_dropout),
            )
            for index in range(n_blocks)
        )
        self.layers = nn.Sequential(nn.LayerNorm(d_block), nn.ReLU(), nn.Linear(d_block, d_out))

    def from_encoded(self, x: Tensor, x_cat: Tensor) -> Tensor:
        tokens = [self.cls.expand(x.shape[0], 1, -1)]
        if self.numbers is not None:
            tokens.append(self.numbers(x))
        if self.categories is not None:
            tokens.append(self.categories(x_cat))
        h = torch.cat(tokens, dim=1)
        for block in self.blocks[:-1]:
            h = block(h)
        return self.layers(self.blocks[-1](h, only_first=True)[:, 0])  # type: ignore[no-any-return]


class Block(nn.Module):
    """float32 [n, tokens, d_block] → the same, or [n, 1, d_block] if only the first token is asked for."""

    def __init__(self, norm: nn.Module, attention: "Attention", ffn: nn.Sequential, dropout: Dropout) -> None:
        super().__init__()
        self.norm, self.attention, self.ffn, self.dropout = norm, attention, ffn, dropout

    def forward(self, h: Tensor, only_first: bool = False) -> Tensor:
        normed = self.norm(h)
        asking = slice(1) if only_first else slice(None)
        h = h[:, asking] + self.dropout(self.attention(normed[:, asking], normed))
        return h + self.dropout(self.ffn(h))  # type: ignore[no-any-return]


class Attention(nn.Module):
    """Of several heads (Vaswani et al. 2017): `asking` [n, q, d_block] and `tokens` [n, t, d_block] → [n, q, d_block].

    The dropped shares are drawn as by `src.models.dropout`, which torch's own kernel could not do. A bias of `k` would
    add the same to all that a softmax compares; its gradient would be rounding noise, which Adam makes whole steps of.
    (The authors have it.)
    """

    def __init__(self, d_block: int, n_heads: int, dropout: float) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.q, self.k, self.v = (nn.Linear(d_block, d_block, bias=name != "k") for name in "qkv")
        self.out = nn.Linear(d_block, d_block) if n_heads > 1 else nn.Identity()
        self.dropout = Dropout(dropout)
        for layer in self.children():
            if isinstance(layer, nn.Linear) and layer.bias is not None:
                nn.init.zeros_(layer.bias)

    def forward(self, asking: Tensor, tokens: Tensor) -> Tensor:
        q, k, v = self._heads(self.q(asking)), self._heads(self.k(tokens)), self._heads(self.v(tokens))
        if self.training and self.dropout.p > 0:
            shares = F.softmax(q @ k.mT / math.sqrt(q.shape[-1]), dim=-1)
            taken = self.dropout(shares) @ v
        else:
            taken = F.scaled_dot_product_attention(q, k, v)
        return self.out(taken.transpose(1, 2).flatten(2))  # type: ignore[no-any-return]

    def _heads(self, x: Tensor) -> Tensor:
        """[n, tokens, d_block] → [n, heads, tokens, d_block / heads]"""
        return x.reshape(*x.shape[:2], self.n_heads, x.shape[2] // self.n_heads).transpose(1, 2)


class ReGlu(nn.Module):
    """[..., 2 d] → [..., d]: one half, times what is positive of the other (Shazeer 2020)."""

    def forward(self, x: Tensor) -> Tensor:
        a, b = x.chunk(2, dim=-1)
        return a * F.relu(b)
