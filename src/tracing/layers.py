"""The layers of a network with the words of a lesson: weighted sum, activation, hidden layer, output."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor, nn

from src.models.activation import ACTIVATIONS
from src.models.categorical import CategoricalEncoder
from src.models.column_linear import ColumnLinear
from src.models.heads import Heads
from src.models.norm import NORMS
from src.models.numeric import NumericEncoder
from src.tracing.recording import Step

_WEIGHTED_SUMS = (nn.Linear, Heads, ColumnLinear)

_WORDS: dict[type[nn.Module], str] = {
    **{kind: name.replace("_", " ") for name, kind in ACTIVATIONS.items()},
    **{kind: f"{name} norm" for name, kind in NORMS.items()},
    NumericEncoder: "scaled",
    CategoricalEncoder: "categories",
}


@dataclass(frozen=True)
class Layer:
    """A weighted sum and all that follows it up to the next one; before the first, the inputs.

    `name`: hidden 1, hidden 2, ..., output for those in `Network.layers`; of others the path of the module.
    """

    name: str
    steps: tuple[Step, ...]

    @property
    def sums(self) -> Step:
        """The weighted sum, or what else comes first."""
        return self.steps[0]

    @property
    def values(self) -> Tensor:
        """What the next layer gets, [1, ...]."""
        return self.steps[-1].given


def is_weighted_sum(step: Step) -> bool:
    return isinstance(step.module, _WEIGHTED_SUMS)


def word(step: Step) -> str:
    """What a step is called: `weighted sum`, `relu`, `batch norm`; of unknown modules the name of their class."""
    if is_weighted_sum(step):
        return "weighted sum"
    if step.adds_input:
        return "plus its input"
    kind = type(step.module)
    return _WORDS.get(kind, re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind.__name__).lower())


def layers_of(steps: tuple[Step, ...]) -> list[Layer]:
    """In order; what comes before the first weighted sum is called input."""
    names = iter(_names([step for step in steps if is_weighted_sum(step)]))
    found: list[tuple[str, list[Step]]] = [("input", [])]
    for step in steps:
        if is_weighted_sum(step):
            found.append((next(names), []))
        found[-1][1].append(step)
    return [Layer(name, tuple(each)) for name, each in found if each]


def _names(sums: list[Step]) -> Iterator[str]:
    inner = [step for step in sums if step.path.startswith("layers.")]
    for step in sums:
        if step in inner:
            yield "output" if step is inner[-1] else f"hidden {inner.index(step) + 1}"
        else:
            yield step.path


MOST_NEURONS = 16
"""Of a layer that is shown neuron by neuron; of a wider one the spread and the strongest are told."""


def is_small(values: Tensor) -> bool:
    """Whether what a step gave, [1, ...], is shown number by number."""
    return values.numel() <= MOST_NEURONS
