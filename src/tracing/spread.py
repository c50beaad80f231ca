"""Many numbers in a sentence."""

from collections.abc import Sequence

from torch import Tensor

from src.tracing.numbers import shown

_STRONGEST = 3


def spread(values: Tensor, names: Sequence[str]) -> str:
    """`64 numbers: mean 0.21, standard deviation 0.80, 40 % are 0; strongest 17: 3.20, ...` of [1, ...]; `names` of all
    of them, in order."""
    flat, shape = values.flatten(), " x ".join(map(str, values.shape[1:]))
    zeros = (flat == 0).double().mean().item()
    silent = f", {zeros:.0%} are 0".replace("%", " %") if zeros else ""
    deviation = flat.std(correction=0).item()
    return (
        f"{shape} numbers: mean {shown(flat.mean().item())}, standard deviation {shown(deviation)}{silent}; strongest "
        + ", ".join(f"{names[place]}: {shown(flat[place].item())}" for place in strongest(flat, _STRONGEST))
    )


def strongest(flat: Tensor, count: int) -> list[int]:
    """Places of the numbers that are farthest from 0."""
    order: list[int] = flat.abs().topk(min(count, len(flat))).indices.tolist()
    return order
