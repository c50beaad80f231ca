"""Other libraries on the same work as `benchmarks.by_hand`: same rows, layers, batches, epochs, Adam, validation.

Each trains once, and gives the validation loss of its last epoch.
"""

import os
import warnings
from typing import Any

os.environ["KERAS_BACKEND"] = "jax"  # before keras is imported
import keras
import numpy as np
import pytorch_lightning as pl
import skorch
import skorch.helper
import torch
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.by_hand import batch_size, loss_of, network_of, rows
from src.config.config import Config
from src.data.prepared import Prepared


def scikit_learn(config: Config, prepared: Prepared) -> float:
    """MLPClassifier with early stopping that never stops: so it measures the accuracy of as many rows after each epoch,
    and keeps the best weights. It chooses these rows itself, hence the loss is one of other rows."""
    train, validation = rows(prepared, "train"), rows(prepared, "validation")
    x, y = (torch.cat(each).numpy() for each in zip(train, validation, strict=True))
    epochs, measured = config.trainer.max_epochs, len(validation[1])
    network = MLPClassifier(
        tuple(config.model.model_dump()["hidden"]),
        alpha=0.0,
        batch_size=batch_size(config),
        learning_rate_init=config.optimizer.lr,
        max_iter=epochs,
        early_stopping=True,
        validation_fraction=measured / len(y),
        n_iter_no_change=epochs + 1,
        random_state=0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it has not converged
        network.fit(x, y)
    return float(log_loss(y[-measured:], network.predict_proba(x[-measured:])))


def lightning(config: Config, prepared: Prepared) -> float:
    """A module as its documentation shows it: DataLoader, automatic optimization, the loss logged for each epoch."""
    module = _Module(network_of(config, prepared), config.optimizer.lr)
    size = batch_size(config)
    train = DataLoader(TensorDataset(*rows(prepared, "train")), size, shuffle=True)
    validation = DataLoader(TensorDataset(*rows(prepared, "validation")), size)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that loaders could have workers, which are slower here
        trainer = pl.Trainer(
            accelerator="cpu",
            max_epochs=config.trainer.max_epochs,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        trainer.fit(module, train, validation)
    return float(trainer.callback_metrics["validation"])


class _Module(pl.LightningModule):
    def __init__(self, network: nn.Module, lr: float) -> None:
        super().__init__()
        self.network, self.lr = network, lr

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters(), lr=self.lr)

    def training_step(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        x, y = batch
        return loss_of(self.network(x), y)

    def validation_step(self, batch: tuple[Tensor, Tensor]) -> None:
        x, y = batch
        logits = self.network(x)
        self.log("validation", loss_of(logits, y))
        chosen = logits.argmax(1) if logits.shape[1] > 1 else (logits[:, 0] > 0).long()
        self.log("accuracy", (chosen == y).float().mean())


def skorch_(config: Config, prepared: Prepared) -> float:
    """NeuralNet with the validation rows as its own; it notes both losses of each epoch."""
    (x, y), validation = rows(prepared, "train"), TensorDataset(*rows(prepared, "validation"))
    network: Any = skorch.NeuralNet(
        network_of(config, prepared),
        _Loss,
        optimizer=torch.optim.Adam,
        lr=config.optimizer.lr,
        max_epochs=config.trainer.max_epochs,
        batch_size=batch_size(config),
        iterator_train__shuffle=True,
        train_split=skorch.helper.predefined_split(validation),
        verbose=0,
    )
    network.fit(x, y)
    return float(np.asarray(network.history[-1, "valid_loss"]))


def keras_on_jax(config: Config, prepared: Prepared) -> float:
    """Sequential and fit as its documentation shows them; what JAX compiles counts, it keeps nothing on the disk."""
    (x, y), validation = ([each.numpy() for each in rows(prepared, name)] for name in ("train", "validation"))
    classes, layers = len(prepared.features.output.classes), keras.layers
    hidden = [layers.Dense(width, "relu") for width in config.model.model_dump()["hidden"]]
    network = keras.Sequential([layers.Input([x.shape[1]]), *hidden, layers.Dense(1 if classes == 2 else classes)])
    of = keras.losses
    loss = of.BinaryCrossentropy(True) if classes == 2 else of.SparseCategoricalCrossentropy(True)
    network.compile(keras.optimizers.Adam(config.optimizer.lr), loss, metrics=["accuracy"])
    epochs = config.trainer.max_epochs
    fitted = network.fit(x, y, batch_size(config), epochs, validation_data=validation, verbose=0)
    return float(fitted.history["val_loss"][-1])


class _Loss(nn.Module):
    def forward(self, logits: Tensor, y: Tensor) -> Tensor:
        return loss_of(logits, y)


PEERS = {"scikit-learn": scikit_learn, "Lightning": lightning, "skorch": skorch_, "keras on JAX": keras_on_jax}
