"""Residual network for tables."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from src.models.activation import ACTIVATIONS
from src.models.dropout import Dropout
from src.models.layered import LayeredNetwork
from src.models.norm import NORMS
from src.models.numeric_embedding import NONE
from src.spec import InputSpec


class ResNet(LayeredNetwork):
    """Gorishniy et al., "Revisiting Deep Learning Models for Tabular Data", 2021, section 3.2.

        x_num [n, d_num] ── impute, scale ──┐
                                            ├─ Linear ─ block × n_blocks ─ norm ─ activation ─ Linear ─ [n, d_out]
        x_cat [n, d_cat] ── one-hot/embed ──┘

        block:  ─┬─ norm ─ Linear ─ activation ─ dropout ─ Linear ─ dropout ─ + ─
                 └────────────────────────────────────────────────────────────┘

    Between the blocks there are `d_block` numbers, inside `int(d_block * d_hidden_multiplier)`.

    >>> network = ResNet(input, d_out=3, n_blocks=2, d_block=192)
    >>> logits = network(x_num, x_cat)                                  # float32 [n, 3]
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
        n_blocks: int = 2,
        d_block: int = 192,
        d_hidden_multiplier: float = 2.0,
        activation: str = "relu",
        norm: str = "batch",
        hidden_dropout: float = 0.3,
        residual_dropout: float = 0.0,
    ) -> None:
        super().__init__(input, categorical, one_hot_max, embedding_dim, numeric_embedding)
        d_hidden = int(d_block * d_hidden_multiplier)
        blocks = [Block(d_block, d_hidden, activation, norm, hidden_dropout, residual_dropout) for _ in range(n_blocks)]
        self.layers = nn.Sequential(
            nn.Linear(self.d_in, d_block, bias=norm != "batch"),  # see `Block`
            *blocks,
            NORMS[norm](d_block),
            ACTIVATIONS[activation](),
            nn.Linear(d_block, d_out),
        )
        self.silence_missing()


class Block(nn.Module):
    """float32 [n, d_block] → [n, d_block]: the input, and what two layers make of it, added up.

    All that follows a block begins with a norm. Batch norm takes a bias of the block's sum out again, so then there is
    none: its gradient would be rounding noise, which Adam makes whole steps of. (The authors keep it.)
    """

    def __init__(
        self, d_block: int, d_hidden: int, activation: str, norm: str, hidden_dropout: float, residual_dropout: float
    ) -> None:
        super().__init__()
        layers = [
            NORMS[norm](d_block),
            nn.Linear(d_block, d_hidden),
            ACTIVATIONS[activation](),
            Dropout(hidden_dropout),
            nn.Linear(d_hidden, d_block, bias=norm != "batch"),
            Dropout(residual_dropout),
        ]
        self.layers = nn.Sequential(*(layer for layer in layers if not (isinstance(layer, Dropout) and layer.p == 0)))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x)  # type: ignore[no-any-return]
