"""Optimizers by name.

Of torch.optim are left out: ASGD and LBFGS, Rprop, SparseAdam, Adafactor and Muon. The average of the first is nowhere
used, the next two need the gradient of the whole table, the others are for sparse or single kinds of weights.
"""

from typing import Any

from torch import nn
from torch.optim import SGD, Adadelta, Adagrad, Adam, Adamax, AdamW, NAdam, Optimizer, RAdam, RMSprop

from src.optimizers.groups import groups

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


def build_optimizer(optimizer: dict[str, Any], network: nn.Module) -> Optimizer:
    """From the section `optimizer` as plain values: the class in torch.optim, its other keys as arguments. Each of its
    groups has an `lr_factor` beside its `lr`.

    Raises ConfigError if a name in `lr_factors` is none of the network.
    """
    ours = ("name", "decay_biases_and_norms", "lr_factors")
    arguments = {key: value for key, value in optimizer.items() if key not in ours}
    if "betas" in arguments:
        arguments["betas"] = tuple(arguments["betas"])
    arguments["fused" if optimizer["name"] in _FUSED else "foreach"] = True
    return _CLASSES[optimizer["name"]](groups(optimizer, network), **arguments)
