"""A network of one's own, as an example:

python -m src.train model=custom model.path=docs/custom_network.py model.class_name=Gated allow_custom=true
"""

import torch
from torch import Tensor, nn

from src.models.categorical import CategoricalEncoder
from src.models.dropout import Dropout
from src.models.network import Network
from src.spec import InputSpec


class Gated(Network):
    """One hidden layer, whose neurons a second one opens and closes (Dauphin et al. 2017).

    `input` and `d_out` come from the data; what else the constructor takes is `model.arguments` in YAML.
    """

    def __init__(self, input: InputSpec, d_out: int, *, width: int = 32, dropout: float = 0.1) -> None:
        super().__init__(input)  # makes self.numeric: missing numbers imputed, all scaled
        self.categorical = CategoricalEncoder(input.cardinalities)  # one-hot, or vectors where there are many values
        d_in = self.numeric.d_out + self.categorical.d_out
        self.layers = nn.Sequential(
            nn.Linear(d_in, 2 * width),
            nn.GLU(),
            Dropout(dropout),  # like nn.Dropout, but the same in one process and in several
            nn.Linear(width, d_out),
        )

    def from_encoded(self, x: Tensor, x_cat: Tensor) -> Tensor:
        """x float32 [n, numeric.d_out] and x_cat int64 [n, columns] → float32 [n, d_out]."""
        logits: Tensor = self.layers(torch.cat([x, self.categorical(x_cat)], dim=1))
        return logits
