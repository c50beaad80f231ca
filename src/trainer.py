"""Lightning's Trainer around a Learner: devices, strategy, processes. With learner the only door to Lightning."""

import logging
import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.strategies import DDPStrategy
from pytorch_lightning.trainer.connectors import callback_connector
from torch import distributed

from src.config.trainer import Trainer as Settings
from src.errors import MachineError
from src.learner import Learner
from src.machine import cores

SMALL = 1e7
"""Multiplications in a batch below which a second thread costs more than it gives."""

_OF_PROCESSES = ("LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT", "NODE_RANK", "WORLD_SIZE")
"""Environment variables by which Lightning tells the processes of a run who they are."""

_LOST = re.compile("(?i)connection (closed|reset)|broken pipe|gloo|nccl")

for _name in ("pytorch_lightning.utilities.rank_zero", "lightning_fabric.utilities.distributed"):
    logging.getLogger(_name).setLevel(logging.WARNING)  # advertisements, and ranks


class OwnSum(DDPStrategy):
    """Processes and devices as in DDP; the gradients are added up by `src.gradient`, once for each batch, where DDP's
    wrapper would never see the steps inside a chunk."""

    def configure_ddp(self) -> None:
        assert self.model is not None
        for tensor in self.model.state_dict().values():
            distributed.broadcast(tensor, 0)


def accelerator_of(settings: Settings) -> str:
    """cpu or gpu. Raises MachineError if the GPU asked for, or so many of them, are not there."""
    gpus = torch.cuda.device_count()
    wanted = settings.accelerator if settings.accelerator != "auto" else ("gpu" if gpus else "cpu")
    if wanted == "gpu" and gpus < devices_of(settings):
        raise MachineError(
            f"trainer.accelerator={settings.accelerator} trainer.devices={settings.devices}: required "
            f"{devices_of(settings)} GPU(s), found {gpus}. trainer.accelerator=cpu trains on the CPU."
        )
    return wanted


def devices_of(settings: Settings) -> int:
    return 1 if settings.devices == "auto" else settings.devices


def threads_of(settings: Settings, multiplications: int) -> int:
    """`multiplications`: for each batch, about."""
    if settings.threads != "auto":
        return settings.threads
    of_process = cores() // devices_of(settings)
    return max(1, of_process) if multiplications >= SMALL else 1


def precision_of(settings: Settings, multiplications: int) -> str:
    """32, bf16 or 16; `multiplications`: for each batch, about."""
    if settings.precision != "auto":
        return str(settings.precision)
    if accelerator_of(settings) == "gpu":
        has_products = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        found = torch.cpu.get_capabilities()
        has_products = found.get("avx512_bf16", False) or found.get("amx_bf16", False)
    return "bf16" if has_products and multiplications >= SMALL else "32"


def fit(learner: Learner, settings: Settings) -> None:
    """Trains to the end of `learner.plan`; to be called inside `processes`.

    Raises DivergedError, StoppedError, or MachineError if a process is lost.
    """
    accelerator, devices = accelerator_of(settings), devices_of(settings)
    if accelerator == "gpu":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True)
    strategy: Any = OwnSum() if devices > 1 or settings.strategy == "ddp" else "auto"
    with warnings.catch_warnings(), _without_plug_ins():
        warnings.filterwarnings("ignore", ".*LeafSpec.*")  # pytorch_lightning 2.6 on torch 2.13
        trainer = pl.Trainer(
            accelerator=accelerator,
            devices=devices,
            strategy=strategy,
            max_epochs=1,  # in which the learner trains all of its own
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            limit_val_batches=0,
            num_sanity_val_steps=0,
            use_distributed_sampler=False,
        )
        assert trainer.world_size == learner.plan.world, "one process for each device"
        try:
            trainer.fit(learner, train_dataloaders=Calls(learner))
        except RuntimeError as error:  # Gloo and NCCL have no error of their own
            if devices > 1 and _LOST.search(str(error)):
                raise MachineError("Training ended: another process of the run was lost.") from error
            raise


@contextmanager
def _without_plug_ins() -> Iterator[None]:
    """A package that registers a callback for Lightning would change every run by being installed; and to look through
    all packages for such takes as long as 20 epochs of a small network."""
    name, module = "_load_external_callbacks", vars(callback_connector)
    look = module[name]
    module[name] = lambda _group: []
    try:
        yield
    finally:
        module[name] = look


@contextmanager
def processes() -> Iterator[None]:
    """The first `fit` in here starts the other processes of a run; they stay together for every later one.

    Afterwards the environment is as it was: what is started from this process later would take itself for one of them,
    and wait for the others without end.
    """
    before = set(os.environ)
    try:
        yield
    finally:
        if distributed.is_initialized():
            distributed.destroy_process_group()
        for name in {*_OF_PROCESSES} & (set(os.environ) - before):
            del os.environ[name]


class Calls:
    """What Lightning takes for a data loader: as many calls of `training_step` as the training needs."""

    def __init__(self, learner: Learner) -> None:
        self.learner = learner

    def __iter__(self) -> Any:
        return self.learner.calls()
