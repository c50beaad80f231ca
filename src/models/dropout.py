"""Dropout whose mask belongs to the whole batch, however many parts the batch is worked through in."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Dropout(nn.Dropout):
    """Sets a share `p` of the values to 0 while training and divides the others by 1 - p.

    `part = (start, stop, rows)` says which rows of the batch come in (another device or an accumulation step has the
    others): the mask is drawn for all rows, so that the parts together meet the mask that one batch would.
    `noise`: what the values are multiplied with, where somebody else has drawn it (`draw`).
    `of_bits`: drawn at a quarter of the cost, which for large layers is as much as their product, p rounded down to a
    multiple of 1/32768.
    """

    def __init__(self, p: float, of_bits: bool = False) -> None:
        super().__init__(p)
        self.of_bits = of_bits
        self.part: tuple[int, int, int] | None = None
        self.noise: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        if self.noise is not None:
            return x * self.noise
        if not self.training or self.p == 0 or (self.part is None and not x.is_cuda and not self.of_bits):
            return F.dropout(x, self.p, self.training)
        start, stop, rows = self.part or (0, len(x), len(x))
        if self.of_bits:
            return x * self._mask_of_bits(x, rows)[start:stop].to(x.dtype).mul_(1 / (1 - self.p))
        # F.dropout draws the same way on the CPU (not on the GPU, hence above): same seed, same mask, in parts or not
        mask = x.new_empty(rows, *x.shape[1:]).bernoulli_(1 - self.p)[start:stop]
        return x * mask / (1 - self.p)

    def draw(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        """float32 of `shape`: what `forward` would draw on the CPU for values of this shape, and multiply them with."""
        if self.p == 0:
            return torch.ones(shape)
        if self.of_bits:
            return self._mask_of_bits(torch.empty(shape), shape[0], generator).float().mul_(1 / (1 - self.p))
        return torch.empty(shape).bernoulli_(1 - self.p, generator=generator).div_(1 - self.p)

    def _mask_of_bits(self, x: Tensor, rows: int, generator: torch.Generator | None = None) -> Tensor:
        """bool [rows, ...]: true with probability 1 - p, from 16 bits for each value, four of them in one draw.

        A draw has 63 bits; the one that is missing is made the last of the first 16, which makes no difference here.
        """
        shape = (rows, *x.shape[1:])
        draws = torch.empty(-(-math.prod(shape) // 4), dtype=torch.int64, device=x.device)
        draws = draws.random_(generator=generator) << 1
        bits = draws.view(torch.int16)[: math.prod(shape)].view(shape)
        return bits >= 2 * int(self.p * 2**15) - 2**15
