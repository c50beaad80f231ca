"""Group `scheduler`: the learning rate over time, as a factor of `optimizer.lr`.

linear, polynomial, cosine, coslog4, one_cycle and exponential move with each optimizer step, step and plateau with the
epoch; `warmup_epochs` first raises the factor linearly from 0, with each optimizer step.
"""

from typing import Annotated, Literal

from pydantic import Field

from src.config.section import Section

WarmUp = Annotated[float, Field(ge=0)]
Factor = Annotated[float, Field(gt=0, lt=1)]
Floor = Annotated[float, Field(ge=0, le=1)]


class NoScheduler(Section):
    """Constant."""

    name: Literal["none"] = "none"
    warmup_epochs: WarmUp = 0.0
    """Epochs (parts of one too) over which the learning rate rises from 0."""


class StepScheduler(Section):
    """Multiplied by `gamma` after every `step_epochs` epochs."""

    name: Literal["step"] = "step"
    step_epochs: Annotated[int, Field(ge=1)] = 10
    gamma: Factor = 0.5
    warmup_epochs: WarmUp = 0.0


class Exponential(Section):
    """Multiplied by `gamma` over each epoch, in equal factors from step to step."""

    name: Literal["exponential"] = "exponential"
    gamma: Factor = 0.95
    """Factor of one epoch."""
    warmup_epochs: WarmUp = 0.0


class LinearScheduler(Section):
    """A straight line from 1 down to `final` at the last step."""

    name: Literal["linear"] = "linear"
    final: Floor = 0.0
    """Factor at the end."""
    warmup_epochs: WarmUp = 0.0


class Polynomial(Section):
    """`final` + (1 - `final`) * (1 - t)**`power`, where t goes from 0 at the first step to 1 at the last."""

    name: Literal["polynomial"] = "polynomial"
    power: Annotated[float, Field(gt=0)] = 2.0
    """1: a line; larger: falls early; smaller: falls late."""
    final: Floor = 0.0
    """Factor at the end."""
    warmup_epochs: WarmUp = 0.0


class Cosine(Section):
    """Half a cosine from 1 down to `final` at the last step (Loshchilov & Hutter 2017)."""

    name: Literal["cosine"] = "cosine"
    final: Floor = 0.0
    """Factor at the end."""
    warmup_epochs: WarmUp = 0.0


class OneCycle(Section):
    """Up from `initial` to 1, then down to `final`, both along half a cosine (Smith & Topin 2018)."""

    name: Literal["one_cycle"] = "one_cycle"
    rise: Factor = 0.3
    """Share of all steps spent rising."""
    initial: Floor = 0.04
    """Factor at the first step."""
    final: Floor = 4.0e-6
    """Factor at the last step."""


class CosLog4(Section):
    """Four waves from 0 to 1 and back, each twice as long as the one before: (1 - cos(2 pi log2(1 + 15 t))) / 2, where
    t is the share of the steps that are done (RealMLP: Holzmüller et al. 2024)."""

    name: Literal["coslog4"] = "coslog4"


class Plateau(Section):
    """Multiplied by `factor` when what is monitored has not improved for `patience` epochs (trainer.monitor)."""

    name: Literal["plateau"] = "plateau"
    factor: Factor = 0.5
    patience: Annotated[int, Field(ge=0)] = 5
    min_delta: Annotated[float, Field(ge=0)] = 0.0
    """An improvement counts only if it is larger than this."""
    warmup_epochs: WarmUp = 0.0


Scheduler = Annotated[
    NoScheduler
    | StepScheduler
    | Exponential
    | LinearScheduler
    | Polynomial
    | Cosine
    | CosLog4
    | OneCycle
    | Plateau,
    Field(discriminator="name"),
]
