"""Group `trainer`: how long, how many rows at once, on which devices."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from src.config.metric import MetricName, misfit
from src.config.section import Section
from src.task import Task

Count = Annotated[int, Field(ge=1)]


class EarlyStopping(Section):
    """Ends training when what is monitored has not improved for `patience` epochs."""

    patience: Count = 16
    min_delta: Annotated[float, Field(ge=0)] = 0.0
    """An improvement counts only if it is larger than this."""


class Trainer(Section):
    """The weights of the best epoch are the result: of that with the lowest validation loss, or as `monitor` says."""

    max_epochs: Count = 50
    """Times that each train row is seen, at most."""
    batch_size: Count = 20
    """Rows per optimizer step, over all devices together."""
    sampling: Literal["shuffle", "balanced"] = "shuffle"
    """shuffle: each train row once in an epoch; balanced: as many rows, drawn with replacement so that each class is
    equally likely."""
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
    accelerator: Literal["auto", "cpu", "gpu"] = "auto"
    devices: Count | Literal["auto"] = "auto"
    """Processes, one for each device; auto: 1."""
    strategy: Literal["auto", "ddp"] = "auto"
    """ddp: every device holds the whole network and takes its part of each batch."""
    precision: Literal[32, "bf16"] = 32
    """bf16: matrix products in bfloat16, weights in float32."""
    threads: Count | Literal["auto"] = "auto"
    """CPU threads of one process; auto: 1 for small networks (more cost time), else one for each core."""
    checkpoint_seconds: Annotated[float, Field(ge=0)] = 10.0
    """Shortest time between two checkpoints while training; 0: at every chunk of steps and every epoch."""

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
        if self.accumulate > self.batch_size:
            raise ValueError(f"accumulate: {self.accumulate} parts of a batch of {self.batch_size} rows")
        if isinstance(self.devices, int) and self.devices > self.batch_size:
            raise ValueError(f"devices: {self.devices} devices share a batch of {self.batch_size} rows")
        return self
