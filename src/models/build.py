"""From the section `model` of the configuration to a network: the only place where both are known."""

from collections.abc import Callable
from typing import Any

from src.models.custom import build_custom
from src.models.ft_transformer import FtTransformer
from src.models.linear import Linear
from src.models.mlp import Mlp
from src.models.network import Network
from src.models.realmlp import RealMlp
from src.models.resnet import ResNet
from src.models.tabm import TabM
from src.models.thresholds import Thresholds
from src.spec import InputSpec

ARCHITECTURES: dict[str, Callable[..., Network]] = {
    "linear": Linear,
    "mlp": Mlp,
    "resnet": ResNet,
    "tabm": TabM,
    "realmlp": RealMlp,
    "ft_transformer": FtTransformer,
}


def build(model: dict[str, Any], input: InputSpec, d_out: int, parallel: bool = False) -> Network:
    """`model` is the section as plain values; its `name` chooses the class, the other keys are its arguments, but for
    `ensemble`: each of its members is built by itself.

    `parallel`: the outputs are one weighted sum, each with a bias of its own.
    """
    if model["name"] == "custom":
        assert not parallel, "such a configuration is refused"
        return build_custom(model, input, d_out)
    arguments = {key: value for key, value in model.items() if key not in ("name", "ensemble")}
    network = ARCHITECTURES[model["name"]](input, 1 if parallel else d_out, **arguments)
    if parallel:
        network.layers.append(Thresholds(d_out, network.members))
    return network


def parameter_count(network: Network) -> int:
    """Learned weights and biases."""
    return sum(weight.numel() for weight in network.parameters() if weight.requires_grad)
