"""What all networks share: the way of a row's cells to the first layer."""

from typing import cast

import torch
from torch import Tensor, nn

from src.models.categorical import CategoricalEncoder
from src.models.numeric import NumericEncoder
from src.spec import InputSpec


class Network(nn.Module):
    """Encodes the cells and gives them to `layers`, which a subclass makes, for inputs of width `d_in`.

        x_num [n, d_num] ── impute, scale ──┐
                                            ├─ [n, d_in] ─ layers ─ [n, d_out]
        x_cat [n, d_cat] ── one-hot/embed ──┘

    `forward`: x_num float32, NaN where missing, and x_cat int64 to logits float32. A network of several `members`
    gives [n, members, d_out]: each of them learns for itself, and `src.outputs.averaged` makes one of their answers.
    """

    layers: nn.Sequential
    members = 1

    def __init__(self, input: InputSpec, categorical: str, one_hot_max: int, embedding_dim: int | None) -> None:
        super().__init__()
        self.numeric = NumericEncoder(input)
        self.categorical: CategoricalEncoder | None = None
        if input.categorical:
            self.categorical = CategoricalEncoder(input.cardinalities, categorical, one_hot_max, embedding_dim)
        self.d_in = self.numeric.d_out + (self.categorical.d_out if self.categorical else 0)

    def forward(self, x_num: Tensor, x_cat: Tensor) -> Tensor:
        return self.from_encoded(self.numeric(x_num), x_cat)

    def from_encoded(self, x: Tensor, x_cat: Tensor) -> Tensor:
        """`forward` after `numeric`, which learns nothing and so needs to run only once for each train row."""
        if self.categorical is not None:
            x = torch.cat([x, self.categorical(x_cat)], dim=1)
        return cast(Tensor, self.layers(x))

    def silence_missing(self) -> None:
        """A missing category acts only once training has met one. To be called when the layers are made."""
        if self.categorical is not None:
            first = self.layers[0]
            assert isinstance(first, nn.Linear)
            with torch.no_grad():
                first.weight[:, [self.numeric.d_out + j for j in self.categorical.of_missing]] = 0.0
