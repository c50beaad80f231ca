"""A network about to be trained, for those who want to see what its steps do."""

from collections.abc import Iterator

import torch
from torch import Tensor

from src import batches
from src.assemble import assemble
from src.config.config import Config
from src.data.prepared import Prepared
from src.learner import Learner
from src.signals import StopFlag


def untrained(config: Config, prepared: Prepared, stop: StopFlag) -> Learner:
    """In one process, on its device, with its rows, not compiled; `step` moves its weights, nothing is written."""
    plain = config.trainer.model_copy(update={"devices": "auto", "strategy": "auto", "compile": False})
    learner = assemble(config.model_copy(update={"trainer": plain}), prepared, stop)
    learner.to("cuda" if learner.plan.device == "gpu" else "cpu")
    learner.on_train_start()
    learner.start_epoch()
    torch.manual_seed(batches.seed_for(config.seed, 0, 0))
    return learner


def endless(learner: Learner) -> Iterator[tuple[Tensor, ...]]:
    """The batches of one epoch after another, in the order of the training."""
    epoch = 0
    while True:
        learner.feeds["train"].start_epoch(learner.plan.seed, epoch)
        yield from learner.feeds["train"].batches(learner.plan.batch_starts)
        epoch += 1
