"""Group `trainer`: how long, how many rows at once, on which devices."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from src.config.metric import MetricName, misfit
from src.config.schedules import Schedules
from src.config.section import Section
from src.task import Task

Count = Annotated[int, Field(ge=1)]


class EarlyStopping(Section):
    """Ends training when what is monitored has not improved for `patience` epochs, or longer with `growth`."""

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
    """The weights of the best epoch are the result: of that with the lowest validation loss, or as `monitor` says."""

    max_epochs: Count = 50
    """Times that each train row is seen, at most."""
    max_steps: Count | None = None
    """Optimizer steps, at most; the epoch in which they end is cut short. null: no limit."""
    max_seconds: Annotated[float, Field(gt=0)] | None = None
    """Seconds of training, at most, of each member of an ensemble, those before a resume included; the epoch in which
    they end is cut short. A scheduler goes by `max_epochs` all the same. null: no limit."""
    batch_size: Count | Literal["auto"] = 20
    """Rows per optimizer step, over all devices together; auto: the power of two nearest to a 128th of the train
    rows, from 16 to 1024."""
    sampling: Literal["shuffle", "balanced"] = "shuffle"
    """shuffle: each train row once in an epoch; balanced: as many rows, drawn with replacement so that each class is
    equally likely."""
    drop_last: bool = False
    """true: rows that are too few for a whole batch are left out, others in each epoch; false: they are a step too."""
    accumulate: Count = 1
    """Parts that a batch is worked through in, to save memory; the result is the same but for rounding."""
    gradient_clip: Annotated[float, Field(gt=0)] | None = None
    """Largest norm of the whole gradient; null: no limit."""
    monitor: Literal["loss"] | MetricName = "loss"
    """What is calculated on the validation rows after each epoch and decides about the best epoch, early stopping and
    scheduler=plateau: the loss, or a metric, of which it is known whether higher is better."""
    metrics: Literal["auto"] | Annotated[list[MetricName], Field(min_length=1)] = "auto"
    """What the finished model is measured by, on test and validation rows; what is monitored comes by itself. auto:
    accuracy, f1, log_loss and roc_auc, of labels exact_match too; of numbers rmse, mae and r2; and what belongs to the
    loss: pinball, crps, poisson_deviance, quadratic_kappa. f1, precision and recall are means over the classes or
    labels, with _binary at the end those of the second class."""
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
    precision: Literal[32, "bf16", 16, "auto"] = 32
    """bf16: matrix products in bfloat16, weights in float32. 16: likewise in float16, with gradients of a scaled loss,
    for GPUs without bfloat16. auto: bf16 for large networks on a device that has such products, else 32."""
    compile: bool | Literal["auto"] = "auto"
    """Makes programs of several optimizer steps each (torch.compile), which needs a C++ compiler and takes seconds at
    the start; several processes, a network of your own, or an optimizer other than sgd, adam, adamw, rmsprop and
    adagrad: of forward pass and loss. auto: on a CPU, where the steps are so many that it saves more than it takes."""
    threads: Count | Literal["auto"] = "auto"
    """CPU threads of one process; auto: 1 for small networks (more cost time), else one for each core."""
    profile: bool = False
    """Writes what each operator takes into the folder profile of the run, for a chunk of steps or an epoch."""
    checkpoint_seconds: Annotated[float, Field(ge=0)] = 10.0
    """Shortest time between two checkpoints while training; 0: at every chunk of steps and every epoch."""

    @property
    def compile_misfit(self) -> str | None:
        """Why there can be no programs, if there can't."""
        if self.accumulate > 1:
            return "parts of a batch would be a program each; take compile: false or accumulate: 1"
        moving = [name for name in self.schedules.moving if name != "weight_decay"]
        return f"with schedules.{moving[0]} each step would be a program; take compile: false" if moving else None

    def misfits(self, task: Task | None, loss: str) -> list[str]:
        """A sentence for each metric that is named and not of the task (None: not known yet), or not with this loss."""
        monitored: list[MetricName] = [] if self.monitor == "loss" else [self.monitor]
        measured: list[MetricName] = [] if self.metrics == "auto" else self.metrics
        named = [*(("monitor", name) for name in monitored), *(("metrics", name) for name in measured)]
        return [f"{key}: {sentence}" for key, name in named if (sentence := misfit(name, task, loss))]

    @model_validator(mode="after")
    def _metrics_are_distinct(self) -> Self:
        names = [] if self.metrics == "auto" else self.metrics
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"metrics: {', '.join(twice)} named more than once")
        return self

    @model_validator(mode="after")
    def _accumulate_divides(self) -> Self:
        fewest, auto = (16, "auto, which may be 16,") if self.batch_size == "auto" else (self.batch_size, "")
        if self.accumulate > fewest:
            raise ValueError(f"accumulate: {self.accumulate} parts of a batch of {auto or fewest} rows")
        if isinstance(self.devices, int) and self.devices > fewest:
            raise ValueError(f"devices: {self.devices} devices share a batch of {auto or fewest} rows")
        return self

    @model_validator(mode="after")
    def _a_program_for_each_size(self) -> Self:
        if self.compile is True and self.compile_misfit:
            raise ValueError(f"compile: {self.compile_misfit}")
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
