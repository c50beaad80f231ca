"""RealMLP: a multi-layer perceptron with what proved itself on many tables."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn

from src.models.activation import ACTIVATIONS
from src.models.dropout import Dropout
from src.models.layered import LayeredNetwork
from src.spec import InputSpec

PBLD: Mapping[str, Any] = MappingProxyType(
    {"name": "pbld", "n_frequencies": 16, "frequency_scale": 0.1, "d_embedding": 4}
)

_MOST_CELLS = 2**25  # of what `fit` looks at: 128 MiB
_LEAST_SPREAD = 1e-6  # of a sum over the train rows; below, only its rounding would be made large


class RealMlp(LayeredNetwork):
    """Holzmüller, Grinsztajn & Steinwart, "Better by Default: Strong Pre-Tuned MLPs and Boosted Trees on Tabular Data",
    NeurIPS 2024.

        x_num ── impute, scale ── pbld ──┐
                                         ├─ scale ─ (sums ─ activation ─ dropout) × hidden ─ sums ─ [n, d_out]
        x_cat ── one-hot/embed ──────────┘

        scale: x * s        sums: x W / sqrt(d) + b        activation: x + alpha (f(x) - x)

    s, b and alpha are learned, for each input and each neuron. The division (NTK parametrisation) lets one learning
    rate fit layers of all widths; how the network is trained is half of the method: `experiment=realmlp`.

    >>> network = RealMlp(input, d_out=3, hidden=[256, 256, 256])
    >>> logits = network(x_num, x_cat)                                  # float32 [n, 3]

    The authors' package pytabkit also scales one-hot inputs, and limits predicted numbers to those of the train rows.
    """

    def __init__(
        self,
        input: InputSpec,
        d_out: int,
        *,
        categorical: str = "auto",
        one_hot_max: int = 8,
        embedding_dim: int | None = 8,
        numeric_embedding: Mapping[str, Any] = PBLD,
        hidden: Sequence[int] = (256, 256, 256),
        activation: str = "selu",
        dropout: float = 0.15,
    ) -> None:
        super().__init__(input, categorical, one_hot_max, embedding_dim, numeric_embedding)
        self.learns_from_rows = True
        layers: list[nn.Module] = [Scale(self.d_in)]
        d_in = self.d_in
        for width in hidden:
            layers += [Sums(d_in, width), ParametricActivation(activation, width), Dropout(dropout)]
            d_in = width
        self.layers = nn.Sequential(*layers, Sums(d_in, d_out))
        self.silence_missing()

    @torch.no_grad()
    def fit(self, x_num: Tensor, x_cat: Tensor, y: Tensor) -> None:
        """Layer after layer, weights and biases to start from."""
        super().fit(x_num, x_cat, y)
        widest = max(self.d_in, *(layer.weight.shape[0] for layer in self.layers if isinstance(layer, Sums)))
        step = -(-len(x_num) * widest // _MOST_CELLS)
        x = self.inputs(self.numeric(x_num[::step]), x_cat[::step])
        for layer in self.layers:
            if isinstance(layer, Sums):
                layer.fit(x)
            if not isinstance(layer, Dropout):
                x = layer(x)


class Scale(nn.Module):
    """float32 [n, d] → [n, d]: each column times a number of its own, at first 1."""

    def __init__(self, d: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1, d))  # a matrix, so that weight decay takes it for no bias

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weight


class Sums(nn.Linear):
    """float32 [n, d_in] → [n, d_out]: x W / sqrt(d_in) + b; both start standard normal, or from rows by `fit`."""

    def __init__(self, d_in: int, d_out: int) -> None:
        super().__init__(d_in, d_out)
        self.factor = max(1, d_in) ** -0.5

    def reset_parameters(self) -> None:
        nn.init.normal_(self.weight)
        nn.init.normal_(self.bias)

    def forward(self, x: Tensor) -> Tensor:
        return torch.addmm(self.bias, x, self.weight.T, alpha=self.factor)

    @torch.no_grad()
    def fit(self, x: Tensor) -> None:
        """Weights such that each sum has the standard deviation 1 over the rows, and biases that make it 0 at a random
        point among five rows, drawn for each neuron: there its activation bends ("std" and "he+5" of the authors)."""
        sums = self.factor * x @ self.weight.T
        spread = sums.std(0, correction=0)
        spread = torch.where(spread < _LEAST_SPREAD, 1.0, spread)
        self.weight.div_(spread[:, None])
        rows = torch.randint(len(x), (5, len(self.bias)))
        shares = torch.empty(rows.shape).exponential_()
        self.bias.copy_(-(sums.gather(0, rows) / spread * shares / shares.sum(0)).sum(0))


class ParametricActivation(nn.Module):
    """float32 [n, d] → [n, d]: from the sum itself (alpha 0) over its activation (1, as it starts) to beyond."""

    def __init__(self, activation: str, d: int) -> None:
        super().__init__()
        self.activation = ACTIVATIONS[activation]()
        self.alpha = nn.Parameter(torch.ones(1, d))  # see `Scale`

    def forward(self, x: Tensor) -> Tensor:
        return torch.lerp(x, self.activation(x).to(x.dtype), self.alpha.to(x.dtype))
