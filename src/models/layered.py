"""Networks that take all cells of a row side by side, as the inputs of a first layer."""

from typing import cast

import torch
from torch import Tensor, nn

from src.models.categorical import CategoricalEncoder
from src.models.network import Network
from src.spec import InputSpec


class LayeredNetwork(Network):
    """Gives the encoded cells to `layers`, which a subclass makes, for inputs of width `d_in`.

    x_num [n, d_num] ── impute, scale ──┐
                                        ├─ [n, d_in] ─ layers ─ [n, d_out]
    x_cat [n, d_cat] ── one-hot/embed ──┘
    """

    layers: nn.Sequential

    def __init__(self, input: InputSpec, categorical: str, one_hot_max: int, embedding_dim: int | None) -> None:
        super().__init__(input)
        self.categorical: CategoricalEncoder | None = None
        if input.categorical:
            self.categorical = CategoricalEncoder(input.cardinalities, categorical, one_hot_max, embedding_dim)
        self.d_in = self.numeric.d_out + (self.categorical.d_out if self.categorical else 0)

    def from_encoded(self, x: Tensor, x_cat: Tensor) -> Tensor:
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
