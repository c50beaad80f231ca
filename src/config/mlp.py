"""Network `mlp`, of the group `model`."""

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from src.config.network import Activation, LayeredNetwork, Rate, Width


class Mlp(LayeredNetwork):
    """Multi-layer perceptron: layers of weighted sums, each followed by norm, activation and dropout."""

    name: Literal["mlp"] = "mlp"
    hidden: Annotated[list[Width], Field(min_length=1)] = [256, 256]
    """Neurons of each hidden layer."""
    activation: Activation | list[Activation] = "relu"
    """One for all hidden layers, or a list with one for each."""
    dropout: Rate | list[Rate] = 0.0
    """Share of a layer's outputs set to zero while training; one for all, or a list with one for each."""
    norm: Literal["none", "batch", "layer", "rms"] = "none"
    """Normalisation of each weighted sum, before its activation."""
    init: Literal["default", "kaiming", "xavier", "orthogonal"] = "default"
    """What the weights start from; default: PyTorch's, uniform in ±1/sqrt(fan_in), the others with biases of 0."""
    residual: bool = False
    """Each hidden layer as wide as the one before it adds to what that one gives, instead of taking its place."""

    @property
    def title(self) -> str:
        return f"{self.name} {self.hidden}"

    @model_validator(mode="after")
    def _one_for_each_layer(self) -> Self:
        for key, value in (("activation", self.activation), ("dropout", self.dropout)):
            if isinstance(value, list) and len(value) != len(self.hidden):
                raise ValueError(f"{key}: the list has {len(value)} entries for {len(self.hidden)} hidden layers")
        return self

    @model_validator(mode="after")
    def _there_is_a_layer_to_be_skipped(self) -> Self:
        if self.residual and all(one != other for one, other in pairwise(self.hidden)):
            raise ValueError(
                f"residual: true needs two hidden layers of the same width behind one another; hidden is {self.hidden}"
            )
        return self
