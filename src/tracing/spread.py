"""Many numbers in a few words."""

from collections.abc import Sequence

from torch import Tensor

from src.tracing.numbers import shown

_STRONGEST = 3
_NOTICEABLE = 0.005  # share of zeros


def spread(flat: Tensor) -> str:
    """`mean 0.21 ± 0.80, 40 % are 0`, with the standard deviation."""
    zeros = (flat == 0).double().mean().item()
    silent = f", {100 * zeros:.0f} % are 0" if zeros >= _NOTICEABLE else ""
    return f"mean {shown(flat.mean().item())} ± {shown(flat.std(correction=0).item())}{silent}"


def strongest_named(flat: Tensor, names: Sequence[str]) -> str:
    """`strongest 17: 3.20, 4: -2.10, 8: 1.90`"""
    places = strongest(flat, _STRONGEST)
    return "strongest " + ", ".join(f"{names[place]}: {shown(flat[place].item())}" for place in places)


def strongest(flat: Tensor, count: int) -> list[int]:
    """Places of the numbers that are farthest from 0, of equal ones the first."""
    order: list[int] = flat.abs().argsort(descending=True, stable=True)[:count].tolist()
    return order
