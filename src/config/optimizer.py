"""Group `optimizer`: how a gradient becomes a step. Fields are the arguments of the class in torch.optim."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from src.config.section import Section

Positive = Annotated[float, Field(gt=0)]
NonNegative = Annotated[float, Field(ge=0)]
Decay = Annotated[float, Field(ge=0, lt=1)]
Betas = Annotated[list[Decay], Field(min_length=2, max_length=2)]


class Sgd(Section):
    """Stochastic gradient descent."""

    name: Literal["sgd"] = "sgd"
    lr: Positive = 1.0e-2
    """Learning rate: length of a step."""
    momentum: Decay = 0.9
    """Share of the last step that is kept."""
    nesterov: bool = False
    """Looks ahead along the momentum."""
    weight_decay: NonNegative = 0.0
    """L2 penalty."""

    @model_validator(mode="after")
    def _nesterov_needs_momentum(self) -> Self:
        if self.nesterov and self.momentum == 0:
            raise ValueError("nesterov needs momentum above 0")
        return self


class Adam(Section):
    """Steps scaled by running moments of the gradient (Kingma & Ba 2015)."""

    name: Literal["adam"] = "adam"
    lr: Positive = 1.0e-3
    """Learning rate: about the length of a step per weight."""
    betas: Betas = [0.9, 0.999]
    """Memory of the first and second moment."""
    eps: Positive = 1.0e-8
    """Added to the denominator."""
    weight_decay: NonNegative = 0.0
    """L2 penalty, scaled like the gradient; adamw decays the weights themselves."""


class AdamW(Section):
    """Adam with decoupled weight decay (Loshchilov & Hutter 2019)."""

    name: Literal["adamw"] = "adamw"
    lr: Positive = 1.0e-3
    """Learning rate: about the length of a step per weight."""
    betas: Betas = [0.9, 0.999]
    """Memory of the first and second moment."""
    eps: Positive = 1.0e-8
    """Added to the denominator."""
    weight_decay: NonNegative = 1.0e-2
    """Each step shrinks the weights by lr * weight_decay."""


class RmsProp(Section):
    """Steps divided by the running root mean square of the gradient (Hinton, lecture 6e)."""

    name: Literal["rmsprop"] = "rmsprop"
    lr: Positive = 1.0e-3
    """Learning rate."""
    alpha: Decay = 0.99
    """Memory of the mean square."""
    momentum: Decay = 0.0
    """Share of the last step that is kept."""
    eps: Positive = 1.0e-8
    """Added to the denominator."""
    weight_decay: NonNegative = 0.0
    """L2 penalty."""


Optimizer = Annotated[Sgd | Adam | AdamW | RmsProp, Field(discriminator="name")]
