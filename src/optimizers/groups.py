"""Which weights share a learning rate and a weight decay."""

import math
from collections.abc import Iterable, Iterator
from typing import Any

from torch import Tensor, nn

from src.config.suggest import remedy
from src.errors import ConfigError


def groups(optimizer: dict[str, Any], network: nn.Module) -> list[dict[str, Any]]:
    """The learned weights of `network` as parameter groups, each with its `lr_factor`, and with a `weight_decay` where
    it is not that of the optimizer.

    A name in `lr_factors` or `decay_factors` stands for the weights that begin or end with it, in whole parts between
    dots: `layers.0`, `categorical`, `bias`. Where several stand for a weight, their factors are multiplied.
    """
    weights = {name: weight for name, weight in network.named_parameters() if weight.requires_grad}
    for key in ("lr_factors", "decay_factors"):
        _refuse_unknown(key, optimizer[key], weights)
    found: dict[tuple[float, float], list[Tensor]] = {}
    for name, weight in weights.items():
        spared = weight.ndim < 2 and not optimizer["decay_biases_and_norms"]
        decay = 0.0 if spared else _factor(optimizer["decay_factors"], name)
        found.setdefault((_factor(optimizer["lr_factors"], name), decay), []).append(weight)
    return [
        {"params": tensors, "lr_factor": factor, "lr": optimizer["lr"] * factor}
        | ({"weight_decay": optimizer["weight_decay"] * decay} if decay != 1 else {})
        for (factor, decay), tensors in found.items()
    ]


def _factor(factors: dict[str, float], name: str) -> float:
    return math.prod((factor for part, factor in factors.items() if _stands_for(part, name)), start=1.0)


def _stands_for(part: str, name: str) -> bool:
    return f"{name}.".startswith(f"{part}.") or f".{name}".endswith(f".{part}")


def _refuse_unknown(key: str, factors: Iterable[str], weights: Iterable[str]) -> None:
    mistakes = [
        f"optimizer.{key}.{part}: the network has no such part; {remedy(part, _parts(weights))}"
        for part in factors
        if not any(_stands_for(part, name) for name in weights)
    ]
    if mistakes:
        raise ConfigError(*mistakes)


def _parts(weights: Iterable[str]) -> set[str]:
    """Names for an error: the first part or two of each weight, and the last."""

    def of(name: str) -> Iterator[str]:
        *modules, last = name.split(".")
        yield last
        yield from (".".join(modules[:depth]) for depth in (1, 2)[: len(modules)])

    return {part for name in weights for part in of(name)}
