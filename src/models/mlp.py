"""Multi-layer perceptron."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from src.models import initial_weights
from src.models.activation import ACTIVATIONS
from src.models.dropout import Dropout
from src.models.layered import LayeredNetwork
from src.models.norm import NORMS
from src.models.numeric_embedding import NONE
from src.spec import InputSpec


class Mlp(LayeredNetwork):
    """Layers of weighted sums, each followed by norm, activation and dropout; the last gives the logits.

        x_num [n, d_num] ── impute, scale ──┐
                                            ├─ (Linear ─ norm ─ activation ─ dropout) × hidden ─ Linear ─ [n, d_out]
        x_cat [n, d_cat] ── one-hot/embed ──┘

    >>> network = Mlp(input, d_out=3, hidden=[10, 10])
    >>> logits = network(x_num, x_cat)                                  # float32 [n, 3]

    `activation` and `dropout` are one for all hidden layers or a list with one for each. `init` chooses the weights to
    start from (see `src.models.initial_weights`). `residual` adds to what a hidden layer gives what the one before it
    gave, where both are equally wide.
    """

    def __init__(
        self,
        input: InputSpec,
        d_out: int,
        *,
        categorical: str = "auto",
        one_hot_max: int = 8,
        embedding_dim: int | None = None,
        numeric_embedding: Mapping[str, Any] = NONE,
        hidden: Sequence[int] = (256, 256),
        activation: str | Sequence[str] = "relu",
        dropout: float | Sequence[float] = 0.0,
        norm: str = "none",
        init: str = "default",
        residual: bool = False,
    ) -> None:
        super().__init__(input, categorical, one_hot_max, embedding_dim, numeric_embedding)
        activations = [activation] * len(hidden) if isinstance(activation, str) else list(activation)
        dropouts = [dropout] * len(hidden) if isinstance(dropout, float | int) else list(dropout)
        d_in = self.d_in
        layers: list[nn.Module] = []
        for width, name, p in zip(hidden, activations, dropouts, strict=True):
            # batch norm takes a bias out again; its gradient would be rounding noise, which Adam makes whole steps of
            layer: list[nn.Module] = [nn.Linear(d_in, width, bias=norm != "batch")]
            if norm != "none":
                layer.append(NORMS[norm](width))
            layer.append(ACTIVATIONS[name]())
            if p > 0:
                layer.append(Dropout(p))
            layers += [Residual(*layer)] if residual and layers and width == d_in else layer
            d_in = width
        self.layers = nn.Sequential(*layers, nn.Linear(d_in, d_out))
        initial_weights.draw(self.layers, init)
        self.silence_missing()


class Residual(nn.Module):
    """float32 [n, d] → [n, d]: the input, and what the layers make of it, added up (He et al. 2016)."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x)  # type: ignore[no-any-return]
