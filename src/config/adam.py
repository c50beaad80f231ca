"""Adam and its kin, of the group `optimizer`: steps scaled by running moments of the gradient."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from src.config.weight_decay import Decay, DecoupledWeightDecay, NonNegative, Positive, WeightDecay

Betas = Annotated[list[Decay], Field(min_length=2, max_length=2)]


class Adam(WeightDecay):
    """Steps scaled by running moments of the gradient (Kingma & Ba 2015)."""

    name: Literal["adam"] = "adam"
    lr: Positive = 1.0e-3
    """Learning rate: about the length of a step per weight."""
    weight_decay: NonNegative = 0.0
    """L2 penalty, scaled like the gradient; adamw decays the weights themselves."""
    betas: Betas = [0.9, 0.999]
    """Memory of the first and second moment."""
    eps: Positive = 1.0e-8
    """Added to the denominator."""


class AdamW(WeightDecay):
    """Adam with decoupled weight decay (Loshchilov & Hutter 2019)."""

    name: Literal["adamw"] = "adamw"
    lr: Positive = 1.0e-3
    """Learning rate: about the length of a step per weight."""
    weight_decay: NonNegative = 1.0e-2
    """Each step shrinks the weights by lr * weight_decay."""
    betas: Betas = [0.9, 0.999]
    """Memory of the first and second moment."""
    eps: Positive = 1.0e-8
    """Added to the denominator."""


class Adamax(WeightDecay):
    """Adam scaled by the largest gradient instead of the second moment (Kingma & Ba 2015)."""

    name: Literal["adamax"] = "adamax"
    lr: Positive = 2.0e-3
    """Learning rate: the largest step per weight."""
    betas: Betas = [0.9, 0.999]
    """Memory of the first moment and of the largest gradient."""
    eps: Positive = 1.0e-8
    """Added to the denominator."""


class NAdam(DecoupledWeightDecay):
    """Adam that looks ahead along the momentum (Dozat 2016)."""

    name: Literal["nadam"] = "nadam"
    lr: Positive = 2.0e-3
    """Learning rate: about the length of a step per weight."""
    betas: Betas = [0.9, 0.999]
    """Memory of the first and second moment."""
    eps: Positive = 1.0e-8
    """Added to the denominator."""
    momentum_decay: NonNegative = 4.0e-3
    """How fast the momentum reaches its full share: the larger, the sooner."""


class RAdam(DecoupledWeightDecay):
    """Adam that starts as plain momentum until the second moment can be trusted (Liu et al. 2020)."""

    name: Literal["radam"] = "radam"
    lr: Positive = 1.0e-3
    """Learning rate: about the length of a step per weight."""
    betas: Betas = [0.9, 0.999]
    """Memory of the first and second moment."""
    eps: Positive = 1.0e-8
    """Added to the denominator."""


class ScheduleFreeAdamW(WeightDecay):
    """AdamW that needs no schedule: it steps from one sequence of weights and averages another, which is the result
    (Defazio et al. 2024)."""

    name: Literal["schedulefree_adamw"] = "schedulefree_adamw"
    lr: Positive = 2.5e-3
    """Learning rate: about the length of a step per weight; larger than for AdamW."""
    betas: Betas = [0.9, 0.999]
    """Share of the average in the weights that gradients are taken at; memory of the second moment."""
    eps: Positive = 1.0e-8
    """Added to the denominator."""

    @model_validator(mode="after")
    def _gradients_are_taken_near_the_average(self) -> Self:
        if self.betas[0] == 0:
            raise ValueError("betas: the first must be above 0, else nothing is known of the average; got 0")
        return self
