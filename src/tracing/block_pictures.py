"""What stands in the blocks of a large network."""

import torch
from torch import Tensor

from src.tracing.blocks import Block, draw
from src.tracing.drawing import Drawing
from src.tracing.gradients import Backward
from src.tracing.layers import Layer, is_weighted_sum, word
from src.tracing.spread import spread, strongest_named
from src.tracing.trace import Pass

_ENOUGH = 2**14  # weights of a layer, for their spread


def weights(of: Pass) -> Drawing:
    """Fan-in and spread of the weights."""
    learned = [_learned(layer) for layer in of.layers]
    layers = zip(of.layers, learned, strict=True)
    return draw([Block(each.name, [_size(each), *_fan_in(each, own)], own) for each, own in layers], "weights")


def forward(of: Pass) -> Drawing:
    """Spread of what each layer hands on, and its strongest neurons."""
    return draw([_block(of, layer, layer.values, _size(layer)) for layer in of.layers], "activations")


def back(of: Pass, gradients: Backward) -> Drawing:
    """The same of the gradients of what each layer forms first, its weighted sums."""
    return draw(
        [_block(of, layer, gradients.of(layer.sums), f"dL/d {word(layer.sums)}") for layer in of.layers], "gradient"
    )


def _block(of: Pass, layer: Layer, numbers: Tensor, first: str) -> Block:
    step = next(step for step in layer.steps if step.given.shape == numbers.shape)
    flat = numbers.flatten()
    return Block(layer.name, [first, spread(flat), strongest_named(flat, of.names(step))], numbers)


def _size(layer: Layer) -> str:
    """`4 → 64: weighted sum, relu`"""
    words = ", ".join(dict.fromkeys(map(word, layer.steps)))
    if not is_weighted_sum(layer.sums):
        return words
    sizes = [" x ".join(map(str, step.shape[1:])) for step in (layer.sums.taken, layer.values)]
    return f"{' → '.join(sizes)}: {words}"


def _fan_in(layer: Layer, learned: Tensor) -> list[str]:
    count = sum(weight.numel() for weight in _parameters(layer))
    if not count:
        return []
    fan_in = [f"fan-in {layer.sums.taken.shape[-1]}"] if is_weighted_sum(layer.sums) else []
    return [", ".join([*fan_in, f"{count:,} weights and biases"]), spread(learned)]


def _learned(layer: Layer) -> Tensor:
    """Weights and biases of its modules, flat; of very many, some evenly chosen, which look alike and take no time."""
    step = -(-sum(weight.numel() for weight in _parameters(layer)) // _ENOUGH) or 1
    own = [weight.flatten()[::step] for weight in _parameters(layer)]
    return torch.cat(own) if own else torch.empty(0)


def _parameters(layer: Layer) -> list[Tensor]:
    return [weight.detach() for step in layer.steps for weight in step.module.parameters(recurse=False)]
