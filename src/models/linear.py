"""Linear, logistic or softmax regression."""

from collections.abc import Mapping
from typing import Any

from torch import nn

from src.models.layered import LayeredNetwork
from src.models.numeric_embedding import NONE
from src.spec import InputSpec


class Linear(LayeredNetwork):
    """One weighted sum for each output; what a deeper network must beat.

        x_num [n, d_num] ── impute, scale ──┐
                                            ├─ Linear ─ [n, d_out]
        x_cat [n, d_cat] ── one-hot/embed ──┘

    >>> network = Linear(input, d_out=3)
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
    ) -> None:
        super().__init__(input, categorical, one_hot_max, embedding_dim, numeric_embedding)
        self.layers = nn.Sequential(nn.Linear(self.d_in, d_out))
        self.silence_missing()
