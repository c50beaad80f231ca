"""Initial weights by name."""

from collections.abc import Callable

from torch import Tensor, nn

_INITS: dict[str, Callable[[Tensor], Tensor]] = {
    "kaiming": lambda weight: nn.init.kaiming_normal_(weight, nonlinearity="relu"),
    "xavier": nn.init.xavier_uniform_,
    "orthogonal": nn.init.orthogonal_,
}


def draw(layers: nn.Module, how: str) -> None:
    """Weights of all linear layers; their biases become 0. `default` leaves PyTorch's: uniform in ±1/sqrt(fan_in).

    kaiming: normal, variance 2/fan_in (He et al. 2015); xavier: uniform, variance 2/(fan_in + fan_out) (Glorot &
    Bengio 2010); orthogonal: rows or columns of length 1, at right angles (Saxe et al. 2014).
    """
    if how == "default":
        return
    for layer in layers.modules():
        if isinstance(layer, nn.Linear):
            if layer.weight.numel():  # no inputs at all: nothing to draw
                _INITS[how](layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
