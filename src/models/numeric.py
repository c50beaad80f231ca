"""Numbers of the table to inputs of the network: imputed, scaled, with indicators of what was missing."""

import torch
from torch import Tensor, nn

from src.spec import InputSpec

_LARGEST = 1e30  # of larger ones the sums over many neurons would overflow, and a prediction be NaN
_BEYOND_SQUARES = 1e6  # clipped smoothly, larger ones are 3 as well, and their squares would become infinite


class NumericEncoder(nn.Module):
    """`x_num` float32 [n, d_num], NaN where missing → float32 [n, d_out].

        x ── impute ── log ── (x - center) / scale ── smooth clip | clip | quantiles ──┬── [n, d_out]
        missing? ──────────────────────────────────────────────────────── indicator ──┘

    The first d_num outputs are the numbers, only impute, center and scale being in every network (see `InputSpec`);
    then one 0/1 output for each column with an indicator. Nothing here is learned: the values come from the train rows
    and travel with the weights.
    """

    impute: Tensor
    center: Tensor
    scale: Tensor
    indicated: Tensor
    log: Tensor
    quantiles: Tensor

    def __init__(self, input: InputSpec) -> None:
        super().__init__()
        for name in ("impute", "center", "scale"):
            self.register_buffer(name, torch.tensor(getattr(input, name), dtype=torch.float32))
        indicated = [j for j, wanted in enumerate(input.indicator) if wanted]
        self.register_buffer("indicated", torch.tensor(indicated, dtype=torch.int64))
        self.has_log, self.smooth_clip, self.clip = any(input.log), input.smooth_clip, input.clip
        if self.has_log:
            self.register_buffer("log", torch.tensor(input.log))
        self.has_quantiles = len(input.quantiles) > 0
        if self.has_quantiles:
            self.register_buffer("quantiles", torch.tensor(input.quantiles, dtype=torch.float32))
        self.d_out = len(input.numeric) + len(indicated)

    def forward(self, x_num: Tensor) -> Tensor:
        x_num = x_num.contiguous()  # prepared rows lie column by column; products are quick, and alike, row by row
        missing = x_num.isnan()
        x = torch.where(missing, self.impute, x_num)
        if self.has_log:
            x = torch.where(self.log, x.sign() * x.abs().log1p(), x)
        x = ((x - self.center) / self.scale).clamp(-_LARGEST, _LARGEST)
        if self.smooth_clip:
            x = x.clamp(-_BEYOND_SQUARES, _BEYOND_SQUARES)
            x = x / torch.sqrt(1 + (x / 3) ** 2)
        if self.clip is not None:
            x = x.clamp(-self.clip, self.clip)
        if self.has_quantiles:
            x = normal_quantiles(x, self.quantiles)
        if len(self.indicated) == 0:
            return x
        return torch.cat([x, missing[:, self.indicated].to(x.dtype)], dim=1)


def normal_quantiles(x: Tensor, quantiles: Tensor) -> Tensor:
    """x float32 [n, d], by column, to its place in the standard normal distribution, as scikit-learn does.

    `quantiles` float32 [d, q], q of at least 2, ascending in each row, belong to the probabilities 0 to 1 in equal
    steps, with lines between them. A value that several share gets the middle of theirs, but the smallest one -5.2 and
    the largest 5.2 (probabilities of 1e-7), and so does what lies beyond.
    """
    last = quantiles.shape[1] - 1
    smallest, largest = quantiles[:, :1], quantiles[:, -1:]
    values = torch.minimum(torch.maximum(x.T, smallest), largest).contiguous()
    first, behind = (torch.searchsorted(quantiles, values, right=right) for right in (False, True))
    right = behind.clamp(1, last)
    low, high = quantiles.gather(1, right - 1), quantiles.gather(1, right)
    middle, met = (first + behind - 1) / 2, first < behind
    # Steps from both ends, because 32 bits resolve probabilities near 0 and not those near 1.
    below = torch.where(met, middle, right - 1 + (values - low) / (high - low))
    above = torch.where(met, last - middle, last - right + (high - values) / (high - low))
    at_an_end = (values == smallest) | (values == largest)
    nearer = torch.where(at_an_end, 0.0, torch.minimum(below, above) / last).clamp_min(1e-7)
    z = torch.special.ndtri(nearer)
    return torch.where((below < above) | (values == smallest), z, -z).T
