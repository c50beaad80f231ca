"""Optimizers by name.

Of torch.optim are left out: ASGD and LBFGS, Rprop, SparseAdam, Adafactor and Muon. The average of the first is nowhere
used, the next two need the gradient of the whole table, the others are for sparse or single kinds of weights.
"""

from collections.abc import Sequence
from typing import Any

from torch import Tensor
from torch.optim import SGD, Adadelta, Adagrad, Adam, Adamax, AdamW, NAdam, Optimizer, RAdam, RMSprop

_CLASSES: dict[str, type[Optimizer]] = {
    "sgd": SGD,
    "adam": Adam,
    "adamw": AdamW,
    "adamax": Adamax,
    "nadam": NAdam,
    "radam": RAdam,
    "rmsprop": RMSprop,
    "adagrad": Adagrad,
    "adadelta": Adadelta,
}
_FUSED = ("sgd", "adam", "adamw")
"""One kernel for all weights, a third off the time of a small step; the others have none, on every device."""


def build(optimizer: dict[str, Any], weights: Sequence[Tensor]) -> Optimizer:
    """From the section `optimizer` as plain values: the class in torch.optim, its other keys as arguments."""
    arguments = {key: value for key, value in optimizer.items() if key not in ("name", "decay_biases_and_norms")}
    if "betas" in arguments:
        arguments["betas"] = tuple(arguments["betas"])
    arguments["fused" if optimizer["name"] in _FUSED else "foreach"] = True
    groups = [{"params": weights}] if optimizer["decay_biases_and_norms"] else _spared(weights)
    return _CLASSES[optimizer["name"]](groups, **arguments)


def _spared(weights: Sequence[Tensor]) -> list[dict[str, Any]]:
    """Matrices with the decay of the optimizer; biases, and scales and shifts of norms, with none."""
    matrices = [weight for weight in weights if weight.ndim > 1]
    others = [weight for weight in weights if weight.ndim < 2]
    return [{"params": matrices}, {"params": others, "weight_decay": 0.0}]
