"""Network `ft_transformer`, of the group `model`."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from src.config.network import Network, Rate, Width


class FtTransformer(Network):
    """Transformer over the cells of a row (Gorishniy et al. 2021): each column is a token, categories by a learned
    vector for each value."""

    name: Literal["ft_transformer"] = "ft_transformer"
    n_blocks: Width = 3
    """Blocks of attention and two layers, one behind the other."""
    d_block: Width = 192
    """Numbers of a token."""
    attention_n_heads: Width = 8
    """Parts that a token is cut into for the attention; they must be equal."""
    attention_dropout: Rate = 0.2
    """Share of what a token would take from others set to zero while training."""
    ffn_d_hidden_multiplier: Annotated[float, Field(gt=0)] = 4 / 3
    """Neurons between the two layers of a block, as a multiple of d_block."""
    ffn_dropout: Rate = 0.1
    """Share of those neurons set to zero while training."""
    residual_dropout: Rate = 0.0
    """Share of what a block adds set to zero while training."""

    @property
    def title(self) -> str:
        return f"{self.name} {self.n_blocks} x {self.d_block}"

    @model_validator(mode="after")
    def _sizes_fit(self) -> Self:
        if self.d_block % self.attention_n_heads:
            raise ValueError(
                f"d_block: {self.d_block} cannot be cut into {self.attention_n_heads} equal parts, one for each of "
                f"attention_n_heads"
            )
        if self.d_block * self.ffn_d_hidden_multiplier < 1:
            share = f"{self.ffn_d_hidden_multiplier:g} of d_block: {self.d_block}"
            raise ValueError(f"ffn_d_hidden_multiplier: {share} is less than one neuron")
        return self
