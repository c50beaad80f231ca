"""What all networks share: the way of a row's numbers into the network."""

from abc import ABC, abstractmethod

from torch import Tensor, nn

from src.models.numeric import NumericEncoder
from src.spec import InputSpec

AT_ONCE = {"cpu": 4096, "gpu": 65_536}
"""Vectors of one forward pass without a gradient. What the layers make of them stays in the cache of the CPU: 65,536
vectors went through two hidden layers of 256 in twice the time."""


class Network(nn.Module, ABC):
    """Base: `numeric` encodes the numbers, a subclass does the rest in `from_encoded`.

        x_num [n, d_num] ── impute, scale ──┐
                                            ├─ from_encoded ─ [n, d_out]
        x_cat [n, d_cat] ───────────────────┘

    `forward`: x_num float32, NaN where missing, and x_cat int64 to logits float32. A network of several `members`
    gives [n, members, d_out]: each of them learns for itself, and `src.outputs.averaged` makes one of their answers.
    """

    layers: nn.Sequential
    """The last ones, or all: they end in the outputs."""
    members = 1
    vectors = 1
    """That a row is inside: one for each member or token. Each weight works on about so many, in time and memory."""
    learns_from_rows = False
    """Whether `fit` must see train rows before the first step."""

    def __init__(self, input: InputSpec) -> None:
        super().__init__()
        self.numeric = NumericEncoder(input)

    def forward(self, x_num: Tensor, x_cat: Tensor) -> Tensor:
        return self.from_encoded(self.numeric(x_num), x_cat)

    @abstractmethod
    def from_encoded(self, x: Tensor, x_cat: Tensor) -> Tensor:
        """`forward` after `numeric`, which learns nothing and so needs to run only once for each train row.

        x float32 [n, numeric.d_out], without gaps; the values of x_cat are explained in `src.models.categorical`.
        """

    def fit(self, x_num: Tensor, x_cat: Tensor, y: Tensor) -> None:
        """What a network takes from train rows, given as for `forward`; y float [n, k] is what they tell apart."""
