"""The gradient on its way back through the layers, in words and numbers."""

from itertools import groupby

import torch

from src.tracing.columns import rows
from src.tracing.forward_text import sum_in_words
from src.tracing.gradients import Backward
from src.tracing.layers import Layer, is_small, is_weighted_sum, word
from src.tracing.numbers import added, shown
from src.tracing.spread import strongest
from src.tracing.trace import Pass
from src.tracing.weighted_sum import weights_of
from src.tracing.weights_text import weights_text


def backward_text(of: Pass, back: Backward) -> list[str]:
    """From the output to the inputs, an empty line before each layer; then the weights."""
    following = [*of.layers[1:], None]
    pairs = reversed([*zip(of.layers, following, strict=True)])
    lines = [line for layer, next_one in pairs for line in _layer(of, back, layer, next_one)]
    return [*lines, "", *weights_text(of, back)]


def _layer(of: Pass, back: Backward, layer: Layer, next_one: Layer | None) -> list[str]:
    lines = [""]
    for names, steps in groupby(reversed(layer.steps), of.names):
        title = layer.name if lines == [""] else ""
        lines += rows(title, names, [(f"dL/d {word(step)}", back.of(step)) for step in steps])
    if next_one is not None and layer.name.startswith("hidden"):
        lines += _written_out(of, back, layer, next_one)
    return lines


def _written_out(of: Pass, back: Backward, layer: Layer, next_one: Layer) -> list[str]:
    """The gradient of one activation as the sum over the neurons that it goes to, if these are all that it acts on."""
    gradient, onward = back.of(layer.steps[-1]).flatten(), back.of(next_one.sums).flatten()
    if not (is_weighted_sum(next_one.sums) and is_small(onward) and next_one.sums.taken.shape == layer.values.shape):
        return []
    of_sum = back.of(layer.sums).flatten()
    neuron = strongest(of_sum if of_sum.shape == gradient.shape else gradient, 1)[0]
    weights = weights_of(next_one.sums, list(range(len(onward))))[:, neuron]
    if not torch.isclose(weights @ onward, gradient[neuron], rtol=1e-3, atol=1e-12):
        return []
    terms = added(sum_in_words(weights.tolist(), onward.tolist())) or "0"
    last = layer.steps[-1]
    return [f"  neuron {of.names(last)[neuron]}: dL/d {word(last)} = {terms} = {shown(gradient[neuron].item())}"]
