"""Optimizers by name.

Of torch.optim are left out: ASGD, whose average is nowhere used (`trainer.ema` and `trainer.swa` average for every
optimizer); LBFGS and Rprop, which need the gradient of the whole table; SparseAdam, which is for sparse gradients;
Adafactor, which saves the memory of one number for each weight where there are hundreds of millions.
"""

from typing import Any

from torch import nn
from torch.optim import SGD, Adadelta, Adagrad, Adam, Adamax, AdamW, NAdam, Optimizer, RAdam, RMSprop

from src.optimizers.groups import groups
from src.optimizers.muon import build_muon
from src.optimizers.schedule_free import build_schedule_free

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
    """From the section `optimizer` as plain values: its name chooses the class, its other keys are the arguments. Each
    group has an `lr_factor` beside its `lr`.

    Raises ConfigError if a name in `lr_factors` or `decay_factors` is none of the network, or nothing in the network is
    for the optimizer.
    """
    ours = ("name", "decay_biases_and_norms", "lr_factors", "decay_factors")
    arguments = {key: value for key, value in optimizer.items() if key not in ours}
    if "betas" in arguments:
        arguments["betas"] = tuple(arguments["betas"])
    weights = groups(optimizer, network)
    match optimizer["name"]:
        case "muon":
            return build_muon(weights, network, **arguments)
        case "schedulefree_adamw":
            return build_schedule_free(weights, **arguments)
        case name:
            arguments["fused" if name in _FUSED else "foreach"] = True
            return _CLASSES[name](weights, **arguments)
