"""Network `tabm`, of the group `model`."""

from typing import Annotated, Literal

from pydantic import Field

from src.config.network import Activation, LayeredNetwork, Rate, Width


class TabM(LayeredNetwork):
    """Many perceptrons that share most of their weights, and answer together (Gorishniy et al. 2025)."""

    name: Literal["tabm"] = "tabm"
    members: Annotated[int, Field(ge=2)] = 32
    """Perceptrons; each has its own loss, and the prediction is the mean of theirs."""
    form: Literal["full", "mini"] = "full"
    """What each has of its own beside its head; full: scales and biases of every layer, mini: scales of the inputs."""
    n_blocks: Width = 3
    """Layers before the heads; the authors take 2 with a numeric embedding."""
    d_block: Width = 512
    """Neurons of each layer."""
    activation: Activation = "relu"
    """After each layer."""
    dropout: Rate = 0.1
    """Share of a layer's outputs set to zero while training."""

    @property
    def title(self) -> str:
        return f"{self.name} {self.form} {self.n_blocks} x {self.d_block}, {self.members} members"
