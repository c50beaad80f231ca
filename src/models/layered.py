"""Networks that take all cells of a row side by side, as the inputs of a first layer."""

from collections.abc import Mapping
from typing import Any, cast

import torch
from torch import Tensor

from src.models.categorical import CategoricalEncoder
from src.models.network import Network
from src.models.numeric_embedding import embedding_of
from src.models.piecewise_linear import PiecewiseLinear
from src.spec import InputSpec


class LayeredNetwork(Network):
    """Gives the encoded cells to `layers`, which a subclass makes, for inputs of width `d_in`.

    x_num [n, d_num] ── impute, scale ── numeric embedding ──┐
                                                             ├─ [n, d_in] ─ layers ─ [n, d_out]
    x_cat [n, d_cat] ── one-hot/embed ───────────────────────┘
    """

    def __init__(
        self,
        input: InputSpec,
        categorical: str,
        one_hot_max: int,
        embedding_dim: int | None,
        numeric_embedding: Mapping[str, Any],
    ) -> None:
        super().__init__(input)
        self.d_num = len(input.numeric)
        self.embedding = embedding_of(self.d_num, numeric_embedding)
        self.learns_from_rows = isinstance(self.embedding, PiecewiseLinear)
        self.categorical: CategoricalEncoder | None = None
        if input.categorical:
            self.categorical = CategoricalEncoder(input.cardinalities, categorical, one_hot_max, embedding_dim)
        self.d_in = sum(self.widths)

    @property
    def widths(self) -> list[int]:
        """Inputs that each column of the table has: numbers, indicators of missing ones, categories."""
        of_number = self.embedding.d_embedding if self.embedding else 1
        indicators = [1] * (self.numeric.d_out - self.d_num)
        return [of_number] * self.d_num + indicators + (self.categorical.widths if self.categorical else [])

    def fit(self, x_num: Tensor, _x_cat: Tensor, y: Tensor) -> None:
        """The bins of a piecewise linear embedding."""
        if isinstance(self.embedding, PiecewiseLinear):
            self.embedding.fit(self.numeric(x_num)[:, : self.d_num], y)

    def from_encoded(self, x: Tensor, x_cat: Tensor) -> Tensor:
        return cast(Tensor, self.layers(self.inputs(x, x_cat)))

    def inputs(self, x: Tensor, x_cat: Tensor) -> Tensor:
        """Of the first layer, float32 [n, d_in]."""
        if self.embedding is not None:
            vectors = self.embedding(x[:, : self.d_num])
            x = torch.cat([vectors.flatten(1), x[:, self.d_num :]], dim=1)
        if self.categorical is not None:
            x = torch.cat([x, self.categorical(x_cat)], dim=1)
        return x

    def silence_missing(self) -> None:
        """A missing category acts only once training has met one. To be called when the layers are made."""
        if self.categorical is not None:
            weight = self.layers[0].weight
            assert isinstance(weight, Tensor)
            with torch.no_grad():
                before = self.d_in - self.categorical.d_out
                weight[:, [before + j for j in self.categorical.of_missing]] = 0.0
