"""The gradient on its way back through the layers, in words and numbers."""

from itertools import groupby

import torch
from torch import nn

from src.tracing.columns import rows
from src.tracing.forward_text import sum_in_words
from src.tracing.gradients import Backward
from src.tracing.layers import Layer, is_small, is_weighted_sum, word
from src.tracing.numbers import added, product, shown
from src.tracing.spread import strongest
from src.tracing.trace import Pass
from src.tracing.weight_names import weight_name
from src.tracing.weighted_sum import weights_of

_SHOWN_WEIGHTS = 5


def backward_text(of: Pass, back: Backward) -> list[str]:
    """From the output to the inputs, an empty line before each layer; then the weights."""
    following = [*of.layers[1:], None]
    pairs = reversed([*zip(of.layers, following, strict=True)])
    lines = [line for layer, next_one in pairs for line in _layer(of, back, layer, next_one)]
    return [*lines, "", *_weights(of, back)]


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


def _weights(of: Pass, back: Backward) -> list[str]:
    """The largest, named; and what one of them is made of."""
    flat = torch.cat([gradient.flatten() for gradient in back.of_weights.values()])
    values = dict(of.network.named_parameters())
    weights = torch.cat([values[name].detach().flatten() for name in back.of_weights])
    owners = [(name, place) for name, gradient in back.of_weights.items() for place in range(gradient.numel())]
    title = f"weights with the largest dL/dw of {len(flat):,}"
    cells = [("", "weight", "dL/dw")]
    for place in strongest(flat, _SHOWN_WEIGHTS):
        cells.append((weight_name(of, *owners[place]), shown(weights[place].item()), shown(flat[place].item())))
    first, second, third = (max(map(len, column)) for column in zip(*cells, strict=True))
    table = [f"  {name:<{first}}  {weight:>{second}}  {slope:>{third}}" for name, weight, slope in cells]
    return [title, *table, *_product(of, back, *owners[strongest(flat, 1)[0]])]


def _product(of: Pass, back: Backward, parameter: str, place: int) -> list[str]:
    """What the gradient of a weight is made of, in a plain layer."""
    step = next((layer.sums for layer in of.layers if f"{layer.sums.path}.weight" == parameter), None)
    if step is None or type(step.module) is not nn.Linear or step.given.numel() != step.module.out_features:
        return []
    to, source = divmod(place, step.module.in_features)
    slope, value = back.of(step).flatten()[to].item(), step.taken.flatten()[source].item()
    return [f"  the first: dL/d weighted sum · what comes in = {product(slope, value)} = {shown(slope * value)}"]
