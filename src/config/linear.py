"""Network `linear`, of the group `model`."""

from typing import Literal

from src.config.network import LayeredNetwork


class Linear(LayeredNetwork):
    """Linear or, with classes, logistic (softmax) regression: one weighted sum for each output, the honest baseline."""

    name: Literal["linear"] = "linear"

    @property
    def title(self) -> str:
        return self.name
