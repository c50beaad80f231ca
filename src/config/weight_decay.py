"""What all optimizers have: a learning rate and weight decay."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from src.config.section import Section

Positive = Annotated[float, Field(gt=0)]
NonNegative = Annotated[float, Field(ge=0)]
Decay = Annotated[float, Field(ge=0, lt=1)]


class WeightDecay(Section):
    """The first keys of each optimizer."""

    name: str
    lr: Positive
    """Learning rate."""
    weight_decay: NonNegative = 0.0
    """L2 penalty."""
    decay_biases_and_norms: bool = True
    """false: `weight_decay` spares whatever is no matrix, that is biases and the scales and shifts of norms."""
    lr_factors: dict[str, Positive] = {}
    """Part of the network to a factor of its learning rate, all along the schedule; see `src.optimizers.groups`."""
    decay_factors: dict[str, NonNegative] = {}
    """Likewise of `weight_decay`; 0 spares the part."""

    @model_validator(mode="after")
    def _there_is_decay_to_be_spared(self) -> Self:
        if not self.decay_biases_and_norms and self.weight_decay == 0:
            raise ValueError("decay_biases_and_norms: false has no effect without a weight_decay above 0")
        if self.decay_factors and self.weight_decay == 0:
            raise ValueError("decay_factors: have no effect without a weight_decay above 0")
        return self


class DecoupledWeightDecay(WeightDecay):
    """Those of which the decay can be that of AdamW (Loshchilov & Hutter 2019)."""

    decoupled_weight_decay: bool = False
    """Each step shrinks the weights by lr * weight_decay, instead of an L2 penalty that is scaled like the gradient."""

    @model_validator(mode="after")
    def _there_is_decay_to_be_decoupled(self) -> Self:
        if self.decoupled_weight_decay and self.weight_decay == 0:
            raise ValueError("decoupled_weight_decay: true has no effect without a weight_decay above 0")
        return self
