"""Sums up to each place."""

import torch
from torch import Tensor


def running_sum(values: Tensor) -> Tensor:
    """Over the last dimension, of few finite numbers. (`torch.cumsum` is not deterministic on a GPU, and so forbidden
    there.)"""
    places = values.shape[-1]
    return values @ torch.ones(places, places, dtype=values.dtype, device=values.device).triu()
