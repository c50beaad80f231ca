"""Networks that are drawn neuron by neuron."""

from itertools import pairwise

import torch

from src.tracing.layers import Layer, is_small
from src.tracing.trace import Pass

MOST_LAYERS = 6
"""Of weighted sums; beside `src.tracing.layers.MOST_NEURONS` in each."""


def is_drawn_by_neurons(of: Pass) -> bool:
    """Whether the network is small, and its weighted sums go from one to the next: no tokens, members or detours."""
    sums = sums_of(of)
    if not 0 < len(sums) <= MOST_LAYERS or not is_small(sums[0].sums.taken):
        return False
    return all(_is_plain(layer) for layer in sums) and all(
        torch.equal(layer.values, after.sums.taken) for layer, after in pairwise(sums)
    )


def sums_of(of: Pass) -> list[Layer]:
    return [layer for layer in of.layers if layer.name != "input"]


def _is_plain(layer: Layer) -> bool:
    shape = layer.sums.given.shape
    in_words = layer.name == "output" or layer.name.startswith("hidden")
    return in_words and len(shape) == 2 and layer.values.shape == shape and is_small(layer.values)
