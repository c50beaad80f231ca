"""Names for the single numbers of a layer."""

from collections.abc import Iterator
from math import prod

import torch

from src.data.features import Features
from src.models.categorical import CategoricalEncoder
from src.models.network import Network
from src.spec import OutputSpec
from src.task import Task

_FIRST = 2  # code of the first value of a vocabulary


def input_names(network: Network, features: Features, width: int) -> tuple[str, ...]:
    """Of what the first layer gets: numbers, those that say which were missing, categories. If the network makes more
    of its columns they are counted."""
    names = [*features.input.numeric, *(f"{name} missing" for name in _indicated(network, features))]
    for module in network.modules():
        if isinstance(module, CategoricalEncoder):
            names += _of_categories(module, features)
    return tuple(names) if len(names) == width else counted((width,))


def _indicated(network: Network, features: Features) -> list[str]:
    return [features.input.numeric[j] for j in network.numeric.indicated.tolist()]


def _of_categories(encoder: CategoricalEncoder, features: Features) -> Iterator[str]:
    """In the order of what it gives."""
    names = features.input.categorical
    vocabularies = {each.name: each.vocabulary for each in features.categorical}
    for j, size in encoder.one_hot.items():
        yield f"{names[j]} missing"
        known = vocabularies.get(names[j], tuple(map(str, range(size - _FIRST))))
        yield from (f"{names[j]}={value}" for value in known)
    for j, width in zip(encoder.embedded, encoder.widths[len(encoder.one_hot) :], strict=True):
        yield from (f"{names[j]} {number}" for number in range(1, width + 1))


def counted(shape: tuple[int, ...]) -> tuple[str, ...]:
    """`3`, or `2/3` for the third number of the second member or token."""
    places = torch.stack(torch.unravel_index(torch.arange(prod(shape)), shape), dim=1) + 1
    return tuple("/".join(map(str, place)) for place in places.tolist())


def logit_names(output: OutputSpec) -> tuple[str, ...]:
    """Of what the network gives, in its order."""
    several = len(output.targets) > 1
    match output.head:
        case "quantile":
            levels = [(name, level) for name in output.targets for level in output.levels]
            return tuple(f"{name} q{level}" if several else f"q{level}" for name, level in levels)
        case "gaussian_nll":
            moments = [(what, name) for what in ("mean", "variance") for name in output.targets]
            return tuple(f"{what} of {name}" if several else what for what, name in moments)
        case "coral" | "corn":
            return tuple(f"above {name}" for name in output.classes[:-1])
    if output.task is Task.BINARY:
        return (output.classes[1],)
    return output.classes or output.targets
