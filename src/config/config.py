"""The whole configuration of a run."""

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from src.config.adam import ScheduleFreeAdamW
from src.config.dataset import Dataset
from src.config.evaluation import Evaluation
from src.config.loss import Loss
from src.config.mlp import Mlp
from src.config.model import Model
from src.config.optimizer import Optimizer
from src.config.prediction import Prediction
from src.config.resnet import ResNet
from src.config.scheduler import Scheduler
from src.config.section import Section
from src.config.tracking import Tracking
from src.config.trainer import Trainer
from src.task import Task

WITHOUT_EFFECT = ("tracking", "evaluation")
"""Sections that change nothing about the result: no part of the hash, and no difference between runs."""


class Config(Section):
    """What `conf/` and the overrides add up to."""

    dataset: Dataset
    model: Model
    loss: Loss
    optimizer: Optimizer
    scheduler: Scheduler
    trainer: Trainer
    prediction: Prediction = Prediction()
    tracking: Tracking
    evaluation: Evaluation = Evaluation()  # runs from before there was one can be resumed
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    """Initial weights, order of the rows, dropout."""

    @model_validator(mode="after")
    def _batch_norm_sees_the_batch(self) -> Self:
        if self.normalises_batches and self.trainer.accumulate > 1:
            raise ValueError(
                f"model.norm: batch needs the whole batch at once, trainer.accumulate={self.trainer.accumulate} gives "
                f"it in parts; take norm: layer or accumulate: 1"
            )
        return self

    @model_validator(mode="after")
    def _schedule_free(self) -> Self:
        if isinstance(self.optimizer, ScheduleFreeAdamW):
            if self.scheduler.name != "none":
                raise ValueError(
                    f"optimizer: schedulefree_adamw takes no schedule, got scheduler: {self.scheduler.name}; take "
                    f"scheduler: none, whose warmup_epochs are allowed"
                )
            if self.trainer.ema is not None or self.trainer.swa is not None:
                raise ValueError(
                    "optimizer: the result of schedulefree_adamw is an average of the weights already; set trainer.ema "
                    "and trainer.swa to null"
                )
        return self

    @property
    def normalises_batches(self) -> bool:
        """Whether the network sees the rows of a batch together."""
        match self.model:
            case Mlp(norm="batch") | ResNet(norm="batch"):
                return True
        return False

    @model_validator(mode="after")
    def _the_warm_up_ends(self) -> Self:
        warmup = getattr(self.scheduler, "warmup_epochs", 0.0)
        if warmup >= self.trainer.max_epochs:
            raise ValueError(
                f"scheduler.warmup_epochs: must be below trainer.max_epochs={self.trainer.max_epochs}, else the "
                f"learning rate never reaches optimizer.lr; got {warmup:g}"
            )
        return self

    @model_validator(mode="after")
    def _the_loss_fits_the_task(self) -> Self:
        """As far as can be told before the data are read."""
        losses = () if self.dataset.task == "auto" else Task(self.dataset.task).losses
        if losses and self.loss.name not in ("auto", *losses):
            raise ValueError(
                f"loss.name: {self.loss.name} does not fit dataset.task: {self.dataset.task}; required: "
                f"{' or '.join(losses)}, or auto"
            )
        return self

    @model_validator(mode="after")
    def _what_is_scheduled_is_there(self) -> Self:
        rates = [value for key, value in self.model.model_dump().items() if key.endswith("dropout")]
        values = {
            "dropout": [1.0] if self.model.name == "custom" else rates,  # of a user's own network nothing is known yet
            "weight_decay": [self.optimizer.weight_decay],
            "label_smoothing": [getattr(self.loss, "label_smoothing", 0.0)],
        }
        for name in self.trainer.schedules.moving:
            if not any(any(value) if isinstance(value, list) else value for value in values[name]):
                raise ValueError(f"trainer.schedules.{name}: has an effect on a {name} above 0 only, and there is none")
        return self

    @model_validator(mode="after")
    def _the_loss_fits_the_units(self) -> Self:
        transform = self.dataset.target_transform
        reasons = {
            "gaussian_nll": "a standard deviation has no one value in units of the target behind it; for a skewed "
            "target take loss=quantile",
            "poisson": "the network gives the logarithm of a rate already",
        }
        if transform in ("log", "quantile") and self.loss.name in reasons:
            raise ValueError(
                f"loss.name: {self.loss.name} needs dataset.target_transform: standard or none; with {transform} "
                f"{reasons[self.loss.name]}"
            )
        return self

    @model_validator(mode="after")
    def _the_metrics_fit(self) -> Self:
        """As far as can be told before the data are read."""
        task = None if self.dataset.task == "auto" else Task(self.dataset.task)
        if mistakes := self.trainer.misfits(task, self.loss.name):
            raise ValueError(f"trainer.{mistakes[0]}")
        return self

    @model_validator(mode="after")
    def _the_prediction_fits(self) -> Self:
        """As far as can be told before the data are read."""
        task = None if self.dataset.task == "auto" else Task(self.dataset.task)
        classes = 2 if task is Task.BINARY else len(self.dataset.classes or ()) or None
        if mistakes := self.prediction.misfits(task, classes):
            raise ValueError(f"prediction.{mistakes[0]}")
        return self

    @model_validator(mode="after")
    def _thresholds_stand_behind_our_layers(self) -> Self:
        if self.model.name == "custom" and self.loss.name == "coral":
            raise ValueError(
                "loss.name: coral puts thresholds behind the last layer, which is unknown of model: custom; take corn"
            )
        return self

    def to_dict(self) -> dict[str, Any]:
        """Plain dicts, lists, texts, numbers, true/false and null."""
        return self.model_dump(mode="json")

    @property
    def hash(self) -> str:
        """First 16 hex digits of the SHA-256 of all that can change the result: not of `tracking`, `evaluation` and
        `dataset.changed`."""
        return hash_of(self.to_dict())


def hash_of(content: Mapping[str, Any]) -> str:
    """`Config.hash` of plain content, also of a configuration that was valid for an older Rookery only."""
    dataset = {key: value for key, value in content["dataset"].items() if key != "changed"}
    counted = {key: value for key, value in content.items() if key not in WITHOUT_EFFECT} | {"dataset": dataset}
    return hashlib.sha256(json.dumps(counted, sort_keys=True).encode()).hexdigest()[:16]
