"""What the sections of all networks, in the group `model`, have in common."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from src.config.numeric_embedding import NoEmbedding, NumericEmbedding
from src.config.section import Section

Activation = Literal[
    "relu", "gelu", "silu", "tanh", "sigmoid", "elu", "selu", "mish", "leaky_relu", "softplus", "identity"
]
Norm = Literal["batch", "layer", "rms"]
Rate = Annotated[float, Field(ge=0, lt=1)]
Width = Annotated[int, Field(ge=1)]


class Network(Section):
    """What every network has."""

    name: str
    ensemble: Width = 1
    """Networks that are trained, with seeds of their own (initial weights, order of the rows, dropout); their mean is
    the answer."""


class LayeredNetwork(Network):
    """What networks that take all cells side by side, as the inputs of a first layer, do with them."""

    categorical: Literal["auto", "one_hot", "embedding"] = "auto"
    """How a category enters: one input for each value, or a learned vector; auto: by the number of values."""
    one_hot_max: Width = 8
    """With categorical: auto, columns with at most this many values are one-hot, the others embedded."""
    embedding_dim: Width | None = None
    """Length of those vectors; null: min(50, ceil(1.6 * cardinality ** 0.56)) for each column."""
    numeric_embedding: NumericEmbedding = NoEmbedding()
    """A vector of learned functions of each number in the place of the number."""

    @model_validator(mode="after")
    def _every_setting_has_an_effect(self) -> Self:
        if self.embedding_dim is not None and self.categorical == "one_hot":
            raise ValueError("embedding_dim: has no effect with categorical: one_hot; set it to null")
        if self.one_hot_max != LayeredNetwork.model_fields["one_hot_max"].default and self.categorical != "auto":
            raise ValueError(f"one_hot_max: has an effect with categorical: auto only; it is {self.categorical}")
        return self
