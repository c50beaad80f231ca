"""Row to train, validation or test: a function of (seed, number of rows, classes) and nothing else."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from src.config.split import Split
from src.data.rows import Rows
from src.errors import DataError

PARTS = ("train", "validation", "test")


def split(
    config: Split, rows: Rows, codes: NDArray[np.int64] | None, classes: tuple[str, ...]
) -> dict[str, NDArray[np.int64]]:
    """Indices (0-based, ascending, int64) of the rows of each part; every row is in exactly one.

    `codes`: class index of each row, None for a regression, which is split at random. Stratified, each class alone is
    shared out by largest remainder. Raises DataError for fewer rows (of a class, if stratified) than parts.
    """
    n = len(rows.numbers)
    # Raw bits, because NumPy promises the same ones in every version, which it does not for shuffles.
    order = np.argsort(np.random.PCG64(config.seed).random_raw(n), kind="stable")
    fractions = (config.train, config.validation, config.test)
    if codes is None or config.by == "random":
        if n < len(PARTS):
            raise DataError(f"{n} rows cannot be split into {len(PARTS)} parts; each part needs one at least")
        groups = [order]
    else:
        _check_classes(codes, classes, rows)
        groups = [order[codes[order] == code] for code in range(len(classes))]
    borders = [np.cumsum(shares(len(group), fractions))[:-1] for group in groups]
    pieces = [np.split(group, border) for group, border in zip(groups, borders, strict=True)]
    return {part: np.sort(np.concatenate(same)) for part, same in zip(PARTS, zip(*pieces, strict=True), strict=True)}


def shares(n: int, fractions: tuple[float, ...]) -> list[int]:
    """`n` rows by largest remainder (the first part wins a tie); no share is empty if n allows it."""
    exact = [n * fraction for fraction in fractions]
    sizes = [int(size + 1e-9) for size in exact]
    remainders = [round(size - whole, 9) for size, whole in zip(exact, sizes, strict=True)]
    for part in sorted(range(len(sizes)), key=lambda part: (-remainders[part], part))[: n - sum(sizes)]:
        sizes[part] += 1
    while n >= len(sizes) and 0 in sizes:
        sizes[sizes.index(max(sizes))] -= 1
        sizes[sizes.index(0)] += 1
    return sizes


def _check_classes(codes: NDArray[np.int64], classes: tuple[str, ...], rows: Rows) -> None:
    counts = np.bincount(codes, minlength=len(classes))
    for code in np.flatnonzero(counts < len(PARTS)):
        where = rows.listed(pl.Series(codes == code))
        raise DataError(
            f"class {classes[code]!r} has {counts[code]} row{'s' if counts[code] > 1 else ''} ({where}); a stratified "
            f"split needs {len(PARTS)} of each class. Add rows, leave the class out with dataset.where, "
            "use dataset.split.by=random, or dataset.task=regression if the target is a number"
        )
