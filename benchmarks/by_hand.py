"""The loop that one would write by hand, and what others that are compared with it share: rows, network, loss."""

import copy
import itertools
from contextlib import nullcontext

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from src.config.config import Config
from src.data.prepared import Prepared

Rows = tuple[Tensor, Tensor]
"""x float32 [n, d_in], scaled; y int64 [n]."""


def train(config: Config, prepared: Prepared) -> float:
    """Scaling, a permutation for each epoch, slices as batches, torch.optim.Adam, validation loss and accuracy after
    each epoch, best weights kept; device and precision as in `config`. The last validation loss."""
    device = "cuda" if config.trainer.accelerator == "gpu" else "cpu"
    (x, y), (x_validation, y_validation) = (
        tuple(each.to(device) for each in rows(prepared, part)) for part in ("train", "validation")
    )
    torch.manual_seed(0)
    network, size = network_of(config, prepared).to(device), batch_size(config)
    best, best_loss, reached = network.state_dict(), float("inf"), float("inf")
    optimizer = torch.optim.Adam(network.parameters(), lr=config.optimizer.lr)
    is_bf16 = config.trainer.precision == "bf16"
    precision = torch.autocast(device, torch.bfloat16) if is_bf16 else nullcontext()
    for _ in range(config.trainer.max_epochs):
        network.train()
        order = torch.randperm(len(y), device=device)
        for start in range(0, len(y), size):
            batch = order[start : start + size]
            optimizer.zero_grad()
            with precision:
                loss = loss_of(network(x[batch]), y[batch])
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        network.eval()
        with torch.no_grad():
            logits = network(x_validation)
            reached = loss_of(logits, y_validation).item()
            chosen = logits.argmax(1) if logits.shape[1] > 1 else (logits[:, 0] > 0).long()
            (chosen == y_validation).float().mean().item()
        if reached < best_loss:
            best, best_loss = copy.deepcopy(network.state_dict()), reached
    assert best
    return reached


def rows(prepared: Prepared, name: str) -> Rows:
    """Of a part of the table."""
    spec, part = prepared.features.input, prepared.parts[name]
    filled = torch.where(part.x_num.isnan(), torch.tensor(spec.impute), part.x_num)
    return (filled - torch.tensor(spec.center)) / torch.tensor(spec.scale), part.y.long()


def network_of(config: Config, prepared: Prepared) -> nn.Sequential:
    classes = len(prepared.features.output.classes)
    widths = [len(prepared.features.input.numeric), *config.model.model_dump()["hidden"]]
    hidden = [layer for i, o in itertools.pairwise(widths) for layer in (nn.Linear(i, o), nn.ReLU())]
    return nn.Sequential(*hidden, nn.Linear(widths[-1], 1 if classes == 2 else classes))


def loss_of(logits: Tensor, y: Tensor) -> Tensor:
    if logits.shape[1] > 1:
        return F.cross_entropy(logits, y)
    return F.binary_cross_entropy_with_logits(logits[:, 0], y.float())


def batch_size(config: Config) -> int:
    assert config.trainer.batch_size != "auto", "equal work needs a number"
    return config.trainer.batch_size
