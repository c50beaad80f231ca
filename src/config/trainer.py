"""Group `trainer`: how long, how many rows at once, on which devices."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from src.config.schedules import Schedules
from src.config.section import Section

Count = Annotated[int, Field(ge=1)]


class EarlyStopping(Section):
    """Ends training when the validation loss has not improved for `patience` epochs, or longer with `growth`."""

    patience: Count = 16
    growth: Annotated[float, Field(ge=0)] = 0.0
    """As many times the epochs up to the best one are waited, if that is more than `patience`: 1.0 allows a training of
    twice the length."""
    min_delta: Annotated[float, Field(ge=0)] = 0.0
    """An improvement counts only if it is larger than this."""


class Ema(Section):
    """Exponential moving average of the weights, updated after each optimizer step; in the first steps it forgets
    faster (see `src.averaging`)."""

    decay: Annotated[float, Field(gt=0, lt=1)] = 0.999
    """Share of the average that stays at each step: about the last 1 / (1 - decay) steps count."""


class Swa(Section):
    """Stochastic weight averaging: the mean of the weights after each of the last epochs (Izmailov et al. 2018)."""

    start: Annotated[float, Field(ge=0, lt=1)] = 0.75
    """Share of `max_epochs` after which averaging begins; the default is that of the paper."""

    def first_epoch(self, max_epochs: int) -> int:
        """The first that is averaged, counted from 1."""
        return int(self.start * max_epochs) + 1


class Trainer(Section):
    """The weights of the epoch with the lowest validation loss are the result."""

    max_epochs: Count = 50
    """Times that each train row is seen, at most."""
    max_steps: Count | None = None
    """Optimizer steps, at most; the epoch in which they end is cut short. null: no limit."""
    max_seconds: Annotated[float, Field(gt=0)] | None = None
    """Seconds of training, at most, those before a resume included; the epoch in which they end is cut short. A
    scheduler goes by `max_epochs` all the same. null: no limit."""
    batch_size: Count = 20
    """Rows per optimizer step, over all devices together."""
    sampling: Literal["shuffle", "balanced"] = "shuffle"
    """shuffle: each train row once in an epoch; balanced: as many rows, drawn with replacement so that each class is
    equally likely."""
    accumulate: Count = 1
    """Parts that a batch is worked through in, to save memory; the result is the same but for rounding."""
    gradient_clip: Annotated[float, Field(gt=0)] | None = None
    """Largest norm of the whole gradient; null: no limit."""
    early_stopping: EarlyStopping | None = EarlyStopping()
    """null: off."""
    ema: Ema | None = None
    """The average is evaluated after each epoch and kept, in place of the weights themselves; null: off."""
    swa: Swa | None = None
    """Likewise, once it has begun; goes with a constant or cyclic learning rate; null: off."""
    schedules: Schedules = Schedules()
    """What changes over the steps beside the learning rate."""
    accelerator: Literal["auto", "cpu", "gpu"] = "auto"
    devices: Count | Literal["auto"] = "auto"
    """Processes, one for each device; auto: 1."""
    strategy: Literal["auto", "ddp"] = "auto"
    """ddp: every device holds the whole network and takes its part of each batch."""
    precision: Literal[32, "bf16", 16] = 32
    """bf16: matrix products in bfloat16, weights in float32. 16: likewise in float16, with gradients of a scaled loss,
    for GPUs without bfloat16."""
    threads: Count | Literal["auto"] = "auto"
    """CPU threads of one process; auto: 1 for small networks (more cost time), else one for each core."""
    checkpoint_seconds: Annotated[float, Field(ge=0)] = 10.0
    """Shortest time between two checkpoints while training; 0: at every chunk of steps and every epoch."""

    @model_validator(mode="after")
    def _accumulate_divides(self) -> Self:
        if self.accumulate > self.batch_size:
            raise ValueError(f"accumulate: {self.accumulate} parts of a batch of {self.batch_size} rows")
        if isinstance(self.devices, int) and self.devices > self.batch_size:
            raise ValueError(f"devices: {self.devices} devices share a batch of {self.batch_size} rows")
        return self

    @model_validator(mode="after")
    def _one_average_that_begins(self) -> Self:
        if self.swa is None:
            return self
        if self.ema is not None:
            raise ValueError("swa: there is an average of the weights already, ema; set one of them to null")
        for key in ("early_stopping", "max_steps", "max_seconds"):
            if getattr(self, key) is not None:
                raise ValueError(
                    f"swa: begins at a share of max_epochs, and {key} may end the training before; set {key}: null"
                )
        if self.swa.first_epoch(self.max_epochs) >= self.max_epochs:
            raise ValueError(
                f"swa.start: {self.swa.start:g} of {self.max_epochs} epochs leaves one epoch, which is no average; "
                f"start earlier or take more epochs"
            )
        return self
