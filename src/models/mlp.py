"""Multi-layer perceptron."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from src.models.activation import ACTIVATIONS
from src.models.batch_norm import BatchNorm
from src.models.categorical import CategoricalEncoder
from src.models.dropout import Dropout
from src.models.numeric import NumericEncoder
from src.spec import InputSpec

NORMS: dict[str, type[nn.Module]] = {"batch": BatchNorm, "layer": nn.LayerNorm}


class Mlp(nn.Module):
    """Layers of weighted sums, each followed by norm, activation and dropout; the last gives the logits.

        x_num [n, d_num] ── impute, scale ──┐
                                            ├─ (Linear ─ norm ─ activation ─ dropout) × hidden ─ Linear ─ [n, d_out]
        x_cat [n, d_cat] ── one-hot/embed ──┘

    >>> network = Mlp(input, d_out=3, hidden=[10, 10])
    >>> logits = network(x_num, x_cat)                                  # float32 [n, 3]

    `activation` and `dropout` are one for all hidden layers or a list with one for each. Initial weights are those of
    `nn.Linear`: uniform in ±1/sqrt(fan_in).
    """

    def __init__(
        self,
        input: InputSpec,
        d_out: int,
        *,
        hidden: Sequence[int] = (10, 10),
        activation: str | Sequence[str] = "relu",
        dropout: float | Sequence[float] = 0.0,
        norm: str = "none",
        categorical: str = "auto",
        one_hot_max: int = 8,
        embedding_dim: int | None = None,
    ) -> None:
        super().__init__()
        self.numeric = NumericEncoder(input)
        self.categorical: CategoricalEncoder | None = None
        if input.categorical:
            self.categorical = CategoricalEncoder(input.cardinalities, categorical, one_hot_max, embedding_dim)
        activations = [activation] * len(hidden) if isinstance(activation, str) else list(activation)
        dropouts = [dropout] * len(hidden) if isinstance(dropout, float | int) else list(dropout)
        d_in = self.numeric.d_out + (self.categorical.d_out if self.categorical else 0)
        layers: list[nn.Module] = []
        for width, name, p in zip(hidden, activations, dropouts, strict=True):
            # batch norm takes a bias out again; its gradient would be rounding noise, which Adam makes whole steps of
            layers.append(nn.Linear(d_in, width, bias=norm != "batch"))
            if norm != "none":
                layers.append(NORMS[norm](width))
            layers.append(ACTIVATIONS[name]())
            if p > 0:
                layers.append(Dropout(p))
            d_in = width
        self.layers = nn.Sequential(*layers, nn.Linear(d_in, d_out))
        self._silence_missing()

    def forward(self, x_num: Tensor, x_cat: Tensor) -> Tensor:
        return self.from_encoded(self.numeric(x_num), x_cat)

    def from_encoded(self, x: Tensor, x_cat: Tensor) -> Tensor:
        """`forward` after `numeric`, which learns nothing and so needs to run only once for each train row."""
        if self.categorical is not None:
            x = torch.cat([x, self.categorical(x_cat)], dim=1)
        return self.layers(x)  # type: ignore[no-any-return]

    def _silence_missing(self) -> None:
        """A missing category acts only once training has met one."""
        if self.categorical is not None:
            first = self.layers[0]
            assert isinstance(first, nn.Linear)
            with torch.no_grad():
                first.weight[:, [self.numeric.d_out + j for j in self.categorical.of_missing]] = 0.0
