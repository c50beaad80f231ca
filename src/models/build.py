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
from src.spec import InputSpec

ARCHITECTURES: dict[str, Callable[..., Network]] = {
    "linear": Linear,
    "mlp": Mlp,
    "resnet": ResNet,
    "tabm": TabM,
    "realmlp": RealMlp,
    "ft_transformer": FtTransformer,
}


def build(model: dict[str, Any], input: InputSpec, d_out: int) -> Network:
    """`model` is the section as plain values; its `name` chooses the class, the other keys are its arguments, but for
    `ensemble`: each of its members is built by itself."""
    if model["name"] == "custom":
        return build_custom(model, input, d_out)
    arguments = {key: value for key, value in model.items() if key not in ("name", "ensemble")}
    return ARCHITECTURES[model["name"]](input, d_out, **arguments)


def parameter_count(network: Network) -> int:
    """Learned weights and biases."""
    return sum(weight.numel() for weight in network.parameters() if weight.requires_grad)
