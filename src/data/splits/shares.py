"""Numbers of rows from fractions."""

from collections.abc import Sequence


def shares(n: int, fractions: Sequence[float]) -> list[int]:
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
