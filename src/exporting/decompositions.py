"""Operations of torch that ONNX, or its runtime for float64, has not, made of those that it has."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

_aten = torch.ops.aten


def table() -> dict[Any, Callable[..., Any]]:
    """For `ExportedProgram.run_decompositions`."""
    return {
        _aten.softplus.default: softplus,
        _aten.log_sigmoid_forward.default: log_sigmoid_forward,
        _aten.log1p.default: log1p,
        _aten.cummin.default: cummin,
        _aten.searchsorted.Tensor: searchsorted,
        _aten.special_ndtr.default: ndtr,
        _aten.special_ndtri.default: ndtri,
    }


def softplus(x: Tensor, beta: float = 1, threshold: float = 20) -> Tensor:
    assert (beta, threshold) == (1, 20), "nobody asks for others"
    return torch.where(x > threshold, x, x.clamp_min(0) + log1p((-x.abs()).exp()))


def log_sigmoid_forward(x: Tensor) -> tuple[Tensor, Tensor]:
    """And a buffer that only gradients need."""
    return x.clamp_max(0) - log1p((-x.abs()).exp()), x.new_zeros(0)


def log1p(x: Tensor) -> Tensor:
    """Exact for small x too (Kahan; Goldberg 1991, theorem 4)."""
    above = 1 + x
    step = above - 1
    return torch.where(step == 0, x, above.log() * (x / torch.where(step == 0, 1.0, step)))


def cummin(x: Tensor, dim: int) -> tuple[Tensor, Tensor]:
    """Of few places; the second, where they are, is read by nobody."""
    values = list(x.unbind(dim))
    for place in range(1, len(values)):
        values[place] = torch.minimum(values[place - 1], values[place])
    stacked = torch.stack(values, dim)
    return stacked, torch.zeros_like(stacked, dtype=torch.int64)


def searchsorted(borders: Tensor, values: Tensor, *, right: bool = False, **_others: Any) -> Tensor:
    """borders [k, q], values [k, n] → int64 [k, n]: how many borders lie below (`right`: or at) each value."""
    compared = borders[:, None] <= values[..., None] if right else borders[:, None] < values[..., None]
    return compared.sum(-1)


def ndtr(x: Tensor) -> Tensor:
    """The normal distribution function to 15 digits (Hart et al. 1968, as in West, "Better Approximations to Cumulative
    Normal Functions", 2005)."""
    far = x.abs().clamp_max(37.0)
    bell = (-far * far / 2).exp()
    near = bell * _polynomial(far, _HART_OVER) / _polynomial(far, _HART_UNDER)
    fraction = far + 0.65
    for term in (4, 3, 2, 1):
        fraction = far + term / fraction
    tail = torch.where(far < 7.07106781186547, near, bell / fraction / 2.506628274631)
    return torch.where(x > 0, 1 - tail, tail)


def ndtri(p: Tensor) -> Tensor:
    """The inverse of it, p in (0, 1), to 9 digits (Acklam, "An algorithm for computing the inverse normal cumulative
    distribution function", 2003)."""
    wide = p.double()
    middle = wide - 0.5
    square = middle * middle
    central = middle * _polynomial(square, _ACKLAM_A) / _polynomial(square, _ACKLAM_B)
    q = (-2 * torch.minimum(wide, 1 - wide).log()).sqrt()
    tail = _polynomial(q, _ACKLAM_C) / _polynomial(q, _ACKLAM_D)
    outer = torch.where(wide < 0.5, tail, -tail)
    return torch.where((wide < 0.02425) | (wide > 1 - 0.02425), outer, central).to(p.dtype)


def _polynomial(x: Tensor, coefficients: Sequence[float]) -> Tensor:
    """That of the highest power comes first."""
    value = torch.full_like(x, coefficients[0])
    for each in coefficients[1:]:
        value = value * x + each
    return value


_HART_OVER = (
    *(3.52624965998911e-02, 0.700383064443688, 6.37396220353165, 33.912866078383),
    *(112.079291497871, 221.213596169931, 220.206867912376),
)
_HART_UNDER = (
    *(8.83883476483184e-02, 1.75566716318264, 16.064177579207, 86.7807322029461),
    *(296.564248779674, 637.333633378831, 793.826512519948, 440.413735824752),
)
_ACKLAM_A = (
    *(-3.969683028665376e01, 2.209460984245205e02, -2.759285104469687e02),
    *(1.383577518672690e02, -3.066479806614716e01, 2.506628277459239e00),
)
_ACKLAM_B = (
    *(-5.447609879822406e01, 1.615858368580409e02, -1.556989798598866e02),
    *(6.680131188771972e01, -1.328068155288572e01, 1.0),
)
_ACKLAM_C = (
    *(-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e00),
    *(-2.549732539343734e00, 4.374664141464968e00, 2.938163982698783e00),
)
_ACKLAM_D = (7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e00, 3.754408661907416e00, 1.0)
