"""Network `resnet`, of the group `model`."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from src.config.network import Activation, LayeredNetwork, Norm, Rate, Width


class ResNet(LayeredNetwork):
    """Residual blocks of two layers, each added to what went into it (Gorishniy et al. 2021)."""

    name: Literal["resnet"] = "resnet"
    n_blocks: Width = 2
    """Blocks, one behind the other."""
    d_block: Width = 192
    """Numbers that go from block to block."""
    d_hidden_multiplier: Annotated[float, Field(gt=0)] = 2.0
    """Neurons inside a block, as a multiple of d_block."""
    activation: Activation = "relu"
    """Inside each block, and before the output."""
    norm: Norm = "batch"
    """Normalisation of what goes into each block and into the output."""
    hidden_dropout: Rate = 0.3
    """Share of the neurons inside a block set to zero while training."""
    residual_dropout: Rate = 0.0
    """Share of what a block adds set to zero while training."""

    @property
    def title(self) -> str:
        return f"{self.name} {self.n_blocks} x {self.d_block}"

    @model_validator(mode="after")
    def _blocks_have_neurons(self) -> Self:
        if self.d_block * self.d_hidden_multiplier < 1:
            raise ValueError(
                f"d_hidden_multiplier: {self.d_hidden_multiplier:g} of d_block: {self.d_block} is less than one neuron"
            )
        return self
