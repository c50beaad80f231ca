"""Mean and variance in batch normalisation, for weights that no batch was trained with."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from src import batches
from src.feed import PIECE, Feed
from src.gradient import Gradient


@contextmanager
@torch.no_grad()
def of_all_rows(gradient: Gradient, feed: Feed) -> Iterator[None]:
    """In here batch normalisation has the statistics of the present weights over the rows of `feed` (Izmailov et al.
    2018, section 3.2), afterwards those from before. Networks without it are left as they are.

    Dropout is off, unlike in torch's `update_bn`, as it is where these statistics are used.
    """
    norms = [module for module in gradient.network.modules() if isinstance(module, nn.BatchNorm1d)]
    buffers = [buffer for norm in norms for buffer in norm.buffers()]
    before = [buffer.clone() for buffer in buffers]
    if norms:
        _measure(gradient, feed, norms)
    try:
        yield
    finally:
        for buffer, value in zip(buffers, before, strict=True):
            buffer.copy_(value)


def _measure(gradient: Gradient, feed: Feed, norms: list[nn.BatchNorm1d]) -> None:
    """Each piece of the rows counts by its size; each process takes its share of each piece."""
    momenta = [norm.momentum for norm in norms]
    gradient.network.eval()
    for norm in norms:
        norm.train()
    piece = max(2, PIECE // gradient.network.vectors)
    for start, stop in itertools.pairwise(batches.batch_starts(len(feed), piece)):
        for norm in norms:
            norm.momentum = (stop - start) / stop
        first, last = batches.share(stop - start, gradient.plan.rank, gradient.plan.world)
        rows = feed.stored(start + first, start + last)
        gradient.logits(rows.x, rows.x_cat)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
        norm.eval()
