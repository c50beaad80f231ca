"""Dropout whose mask belongs to the whole batch, however many parts the batch is worked through in."""

from torch import Tensor, nn
from torch.nn import functional as F


class Dropout(nn.Dropout):
    """Sets a share `p` of the values to 0 while training and divides the others by 1 - p.

    `part = (start, stop, rows)` says which rows of the batch come in (another device or an accumulation step has the
    others): the mask is drawn for all rows, so that the parts together meet the mask that one batch would.
    """

    def __init__(self, p: float) -> None:
        super().__init__(p)
        self.part: tuple[int, int, int] | None = None

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0 or (self.part is None and not x.is_cuda):
            return F.dropout(x, self.p, self.training)
        start, stop, rows = self.part or (0, len(x), len(x))
        # F.dropout draws the same way on the CPU (not on the GPU, hence above): same seed, same mask, in parts or not
        mask = x.new_empty(rows, *x.shape[1:]).bernoulli_(1 - self.p)[start:stop]
        return x * mask / (1 - self.p)
