"""The rows of each optimizer step: a pure function of (seed, epoch), whatever the devices or a resume."""

import hashlib
import math


def seed_for(*numbers: int) -> int:
    """A 63-bit seed for torch from several numbers; neighbours (epoch 1, 2, ...) give unrelated streams."""
    digest = hashlib.blake2b(repr(numbers).encode(), digest_size=8).digest()
    return int.from_bytes(digest) >> 1


def seed_of(seed: int, member: int) -> int:
    """Of one network of an ensemble; that of the first is the run's own, so it is what the run without others gives."""
    return seed if member == 0 else seed_for(seed, member)


def fitting_size(rows: int) -> int:
    """Of a batch, for so many train rows: the power of two nearest to rows / 128, from 16 to 1024.

    An epoch of any but very small or large tables then has about 128 steps, so that a number of epochs and a learning
    rate that are right for one are about right for others.
    """
    return 1 << min(10, max(4, round(math.log2(max(1, rows) / 128))))


def batch_starts(rows: int, batch_size: int, drop_last: bool = False) -> list[int]:
    """Where each batch starts, and where the last one ends: `rows`, or up to `batch_size` - 1 before with `drop_last`.

    A last batch of one row joins the one before it: batch normalisation has no variance of one row, and a step on a
    single row is mostly noise.
    """
    if drop_last and rows > batch_size:
        return list(range(0, rows + 1, batch_size))
    starts = list(range(0, rows, batch_size))
    if len(starts) > 1 and rows - starts[-1] == 1:
        starts.pop()
    return [*starts, rows]


def share(rows: int, index: int, of: int) -> tuple[int, int]:
    """First and last-plus-one row of part `index` of `of`, sizes differing by at most one."""
    return rows * index // of, rows * (index + 1) // of
