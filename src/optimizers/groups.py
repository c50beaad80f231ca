"""Which weights share a learning rate and a weight decay."""

from collections.abc import Iterable, Iterator
from typing import Any

from torch import Tensor, nn

from src.config.suggest import remedy
from src.errors import ConfigError


def groups(optimizer: dict[str, Any], network: nn.Module) -> list[dict[str, Any]]:
    """The learned weights of `network` as parameter groups, each with its `lr_factor`; those that `weight_decay` spares
    with a decay of 0.

    A name in `lr_factors` stands for the weights that begin or end with it, in whole parts between dots: `layers.0`,
    `categorical`, `bias`. Where several stand for a weight, their factors are multiplied.
    """
    factors: dict[str, float] = optimizer["lr_factors"]
    weights = {name: weight for name, weight in network.named_parameters() if weight.requires_grad}
    _refuse_unknown(factors, weights)
    found: dict[tuple[float, bool], list[Tensor]] = {}
    for name, weight in weights.items():
        factor = 1.0
        for part in factors:
            factor *= factors[part] if _stands_for(part, name) else 1.0
        spared = weight.ndim < 2 and not optimizer["decay_biases_and_norms"]
        found.setdefault((factor, spared), []).append(weight)
    return [
        {"params": tensors, "lr_factor": factor, "lr": optimizer["lr"] * factor}
        | ({"weight_decay": 0.0} if spared else {})
        for (factor, spared), tensors in found.items()
    ]


def _stands_for(part: str, name: str) -> bool:
    return f"{name}.".startswith(f"{part}.") or f".{name}".endswith(f".{part}")


def _refuse_unknown(factors: Iterable[str], weights: Iterable[str]) -> None:
    mistakes = [
        f"optimizer.lr_factors.{part}: the network has no such part; {remedy(part, _parts(weights))}"
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
