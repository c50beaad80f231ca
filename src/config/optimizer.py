"""Group `optimizer`: how a gradient becomes a step. Fields are the arguments of the class in torch.optim, but for
`decay_biases_and_norms`, `lr_factors` and `decay_factors`."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from src.config.adam import Adam, Adamax, AdamW, Betas, NAdam, RAdam, ScheduleFreeAdamW
from src.config.weight_decay import Decay, NonNegative, Positive, WeightDecay


class Sgd(WeightDecay):
    """Stochastic gradient descent."""

    name: Literal["sgd"] = "sgd"
    lr: Positive = 1.0e-2
    """Learning rate: length of a step."""
    momentum: Decay = 0.9
    """Share of the last step that is kept."""
    nesterov: bool = False
    """Looks ahead along the momentum."""

    @model_validator(mode="after")
    def _nesterov_needs_momentum(self) -> Self:
        if self.nesterov and self.momentum == 0:
            raise ValueError("nesterov needs momentum above 0")
        return self


class RmsProp(WeightDecay):
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


class Adagrad(WeightDecay):
    """Steps divided by the root of the sum of all squared gradients so far (Duchi et al. 2011)."""

    name: Literal["adagrad"] = "adagrad"
    lr: Positive = 1.0e-2
    """Learning rate: length of the first step per weight."""
    lr_decay: NonNegative = 0.0
    """The learning rate of step t, from 0, is divided by 1 + t * lr_decay, beside what the scheduler does."""
    initial_accumulator_value: NonNegative = 0.0
    """Where the sum starts; larger: shorter first steps."""
    eps: Positive = 1.0e-10
    """Added to the denominator."""


class Adadelta(WeightDecay):
    """Steps as long as the last ones, by the ratio of running mean squares (Zeiler 2012)."""

    name: Literal["adadelta"] = "adadelta"
    lr: Positive = 1.0
    """Factor of the step; 1 is the method as published."""
    rho: Decay = 0.9
    """Memory of both mean squares."""
    eps: Positive = 1.0e-6
    """Added to both; larger: longer first steps."""


class Muon(WeightDecay):
    """Orthogonal steps for the matrices between the first and the last layer (Jordan 2024), AdamW for all else."""

    name: Literal["muon"] = "muon"
    lr: Positive = 1.0e-3
    """Learning rate: about the length of a step per weight, of both kinds (Liu et al. 2025)."""
    weight_decay: NonNegative = 1.0e-2
    """Each step shrinks the weights by lr * weight_decay."""
    momentum: Decay = 0.95
    """Share of the last step that Muon keeps."""
    nesterov: bool = True
    """Muon looks ahead along the momentum."""
    betas: Betas = [0.9, 0.999]
    """Of AdamW: memory of the first and second moment."""
    eps: Positive = 1.0e-8
    """Of AdamW: added to the denominator."""

    @model_validator(mode="after")
    def _nesterov_needs_momentum(self) -> Self:
        if self.nesterov and self.momentum == 0:
            raise ValueError("nesterov needs momentum above 0")
        return self


Optimizer = Annotated[
    Sgd | Adam | AdamW | Adamax | NAdam | RAdam | RmsProp | Adagrad | Adadelta | Muon | ScheduleFreeAdamW,
    Field(discriminator="name"),
]
