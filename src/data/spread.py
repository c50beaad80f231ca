"""The order in which train rows are stored."""

import torch

from src.data.splits.kind import Index

SPREAD_FROM = 65_536
"""Rows from which on they are stored in random order."""

_SEED = 0x5EED


def spread(train: Index) -> Index:
    """Few rows as they are. Many in a random order, always the same: whoever reads a stretch of them then has a random
    sample, which makes a shuffle in two levels (stretches, then rows of some stretches) as good as one of all rows."""
    if len(train) <= SPREAD_FROM:
        return train
    order = torch.randperm(len(train), generator=torch.Generator().manual_seed(_SEED))
    shuffled: Index = train[order.numpy()]
    return shuffled
