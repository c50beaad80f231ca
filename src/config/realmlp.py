"""Network `realmlp`, of the group `model`."""

from typing import Annotated, Literal

from pydantic import Field

from src.config.network import Activation, LayeredNetwork, Rate, Width
from src.config.numeric_embedding import NumericEmbedding, Pbld


class RealMlp(LayeredNetwork):
    """Multi-layer perceptron with what proved itself on many tables (Holzmüller et al. 2024)."""

    name: Literal["realmlp"] = "realmlp"
    embedding_dim: Width | None = 8
    """Length of the vectors of categories."""
    numeric_embedding: NumericEmbedding = Pbld()
    """A vector of learned functions of each number in the place of the number."""
    hidden: Annotated[list[Width], Field(min_length=1)] = [256, 256, 256]
    """Neurons of each hidden layer."""
    activation: Activation = "selu"
    """Each neuron learns how much of it; the authors take selu for classes and mish for numbers."""
    dropout: Rate = 0.15
    """Share of a layer's outputs set to zero while training."""

    @property
    def title(self) -> str:
        return f"{self.name} {self.hidden}"
