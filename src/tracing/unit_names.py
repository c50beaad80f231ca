"""Names for the single numbers of a layer."""

from collections.abc import Iterator
from functools import cache
from itertools import product

from src.data.features import Features
from src.models.categorical import CategoricalEncoder
from src.models.network import Network
from src.spec import OutputSpec
from src.task import Task


def number_names(network: Network, features: Features) -> tuple[str, ...]:
    """Of what `Network.numeric` gives: the numbers, and those that say which were missing."""
    indicated = [features.input.numeric[j] for j in network.numeric.indicated.tolist()]
    return (*features.input.numeric, *(f"{name} missing" for name in indicated))


def category_names(network: Network, features: Features) -> tuple[str, ...]:
    """Of what its encoder of categories gives, if it has one."""
    encoders = [module for module in network.modules() if isinstance(module, CategoricalEncoder)]
    return tuple(name for encoder in encoders for name in _of_categories(encoder, features))


def _of_categories(encoder: CategoricalEncoder, features: Features) -> Iterator[str]:
    """One-hot columns, then embedded ones."""
    for j in encoder.one_hot:
        yield f"{features.categorical[j].name} missing"
        yield from (f"{features.categorical[j].name}={value}" for value in features.categorical[j].vocabulary)
    for j, width in zip(encoder.embedded, encoder.widths[len(encoder.one_hot) :], strict=True):
        yield from (f"{features.categorical[j].name} {number}" for number in range(1, width + 1))


@cache
def counted(shape: tuple[int, ...]) -> tuple[str, ...]:
    """`3`, or `2/3` for the third number of the second member, token or column; a dimension of one is not told."""
    sizes = [size for size in shape if size > 1] or [1]
    return tuple("/".join(map(str, place)) for place in product(*(range(1, size + 1) for size in sizes)))


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
