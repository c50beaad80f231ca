"""`trainer.sampling: balanced`: an epoch in which rare classes come as often as frequent ones."""

import torch
from torch import Tensor

from src import batches


def balanced_order(classes: Tensor, seed: int, epoch: int) -> Tensor:
    """The row at each position of the epoch, int64 [rows], drawn with replacement: first one of the classes, each
    equally likely, then one of its rows. `classes` int64 [rows], on the CPU: of each row, from 0 on, none without rows.
    """
    generator = torch.Generator().manual_seed(batches.seed_for(seed, epoch))
    counts = torch.bincount(classes)
    chosen = torch.randint(len(counts), (len(classes),), generator=generator)
    place = torch.rand(len(classes), dtype=torch.float64, generator=generator) * counts[chosen]
    first = counts.cumsum(0) - counts
    return classes.argsort(stable=True)[first[chosen] + place.long()]
