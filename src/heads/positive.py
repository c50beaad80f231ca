"""Numbers above 0, which a network gives as numbers of any sign."""

import torch
from torch import Tensor


def inverse_softplus(value: Tensor) -> Tensor:
    """Of `torch.nn.functional.softplus`; -inf where a value is 0."""
    return value + torch.log(-torch.expm1(-value))
