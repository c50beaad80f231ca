"""Numbers of the table to inputs of the network: imputed, scaled, with indicators of what was missing."""

import torch
from torch import Tensor, nn

from src.spec import InputSpec


class NumericEncoder(nn.Module):
    """`x_num` float32 [n, d_num], NaN where missing → float32 [n, d_out].

    The first d_num outputs are `(x - center) / scale`, a missing x replaced by `impute`; then one 0/1 output for each
    column with an indicator. Nothing here is learned: the values come from the train rows and travel with the weights.
    """

    impute: Tensor
    center: Tensor
    scale: Tensor
    indicated: Tensor

    def __init__(self, input: InputSpec) -> None:
        super().__init__()
        for name in ("impute", "center", "scale"):
            self.register_buffer(name, torch.tensor(getattr(input, name), dtype=torch.float32))
        indicated = [j for j, wanted in enumerate(input.indicator) if wanted]
        self.register_buffer("indicated", torch.tensor(indicated, dtype=torch.int64))
        self.d_out = len(input.numeric) + len(indicated)

    def forward(self, x_num: Tensor) -> Tensor:
        missing = x_num.isnan()
        x = (torch.where(missing, self.impute, x_num) - self.center) / self.scale
        if len(self.indicated) == 0:
            return x
        return torch.cat([x, missing[:, self.indicated].to(x.dtype)], dim=1)
