"""Names for single weights."""

import torch
from torch import nn

from src.tracing.trace import Pass


def weight_name(of: Pass, parameter: str, place: int) -> str:
    """`output Adelie ← hidden 2, 3` or `hidden 1, 3: bias` in a plain layer; else the parameter and the index in it.

    `parameter`: its name in the network; `place` counts through its numbers, flat.
    """
    path, _, kind = parameter.rpartition(".")
    index = next((i for i, layer in enumerate(of.layers) if layer.sums.path == path), None)
    if index is None or not isinstance(of.layers[index].sums.module, nn.Linear):
        return _indexed(of, parameter, place)
    layer, names = of.layers[index], of.names(of.layers[index].sums)
    if kind == "bias" and len(names) == of.network.get_parameter(parameter).numel():
        return f"{layer.name}, {names[place]}: bias"
    inputs = layer.sums.taken.shape[-1]
    if kind != "weight" or len(names) * inputs != of.network.get_parameter(parameter).numel():
        return _indexed(of, parameter, place)
    return f"{layer.name}, {names[place // inputs]} ← {_source(of, index, place % inputs)}"


def _source(of: Pass, index: int, place: int) -> str:
    """Of a number that comes into layer `index`."""
    before, taken = of.layers[index - 1] if index else None, of.layers[index].sums.taken
    if before is None or before.name == "input":
        return of.inputs[place] if len(of.inputs) == taken.numel() else f"input {place + 1}"
    last = before.steps[-1]
    return f"{before.name}, {of.names(last)[place]}" if last.given.shape == taken.shape else f"input {place + 1}"


def _indexed(of: Pass, parameter: str, place: int) -> str:
    """`layers.0.r[3, 1]`"""
    shape = of.network.get_parameter(parameter).shape
    index = torch.unravel_index(torch.tensor(place), shape)
    return f"{parameter}[{', '.join(str(int(each)) for each in index)}]"
