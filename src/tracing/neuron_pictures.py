"""What stands in the circles and on the lines of a small network."""

from collections.abc import Sequence

import torch
from torch import Tensor

from src.tracing.drawing import Drawing
from src.tracing.gradients import Backward
from src.tracing.layers import Layer, word
from src.tracing.neurons import Column, Neuron, draw
from src.tracing.numbers import probable, shown
from src.tracing.small import sums_of
from src.tracing.trace import Pass, Trace
from src.tracing.weighted_sum import weights_of


def weights(of: Pass) -> Drawing:
    """Neurons without numbers; lines are weights."""
    sums = sums_of(of)
    columns = [Column(["input"], [Neuron(name) for name in of.inputs])]
    for layer in sums:
        columns.append(
            Column(_heads(layer), [Neuron(name, told=f"{layer.name}, {name}") for name in of.names(layer.sums)])
        )
    return draw(columns, [_weights(layer) for layer in sums], "weights")


def forward(trace: Trace, of: Pass) -> Drawing:
    """Activations; lines are weights times what comes in, which adds up to the weighted sum but for the bias."""
    sums, given = sums_of(of), {cell.name: cell.raw for cell in trace.cells}
    notes, taken = [given.get(name, "") for name in of.inputs], sums[0].sums.taken[0]
    told = [f"{name}: {shown(value)}" for name, value in zip(of.inputs, taken.tolist(), strict=True)]
    columns = [Column(["input", "scaled"], _neurons(of.inputs, notes, taken, told))]
    for layer in sums:
        told = _told(of, layer, [(word(step), step.given) for step in layer.steps])
        probabilities = _probabilities(trace, of) if layer.name == "output" else []
        notes = probabilities or [""] * len(told)
        heads = [*_heads(layer), *(["probability"] if probabilities else [])]
        columns.append(Column(heads, _neurons(of.names(layer.sums), notes, layer.values[0], told)))
    return draw(columns, [_weights(layer) * layer.sums.taken for layer in sums], "activations")


def back(of: Pass, gradients: Backward) -> Drawing:
    """Gradients of the weighted sums and of the inputs; lines are the gradients of the weights."""
    sums = sums_of(of)
    first = (gradients.of(sums[0].sums) @ _weights(sums[0]))[0]
    told = [f"dL/d {name} {shown(value)}" for name, value in zip(of.inputs, first.tolist(), strict=True)]
    columns = [Column(["input", "dL/d input"], _neurons(of.inputs, [""] * len(told), first, told))]
    for layer in sums:
        told = _told(of, layer, [(f"dL/d {word(step)}", gradients.of(step)) for step in reversed(layer.steps)])
        slopes = gradients.of(layer.sums)[0]
        heads = [layer.name, f"dL/d {word(layer.sums)}"]
        columns.append(Column(heads, _neurons(of.names(layer.sums), [""] * len(told), slopes, told)))
    return draw(columns, [_slopes(layer, gradients) for layer in sums], "gradient")


def _heads(layer: Layer) -> list[str]:
    return [layer.name, *map(word, layer.steps)]


def _neurons(names: Sequence[str], notes: Sequence[str], values: Tensor, told: Sequence[str]) -> list[Neuron]:
    """`values` [neurons] stand in the circles and give them their colours."""
    rows = zip(names, notes, map(shown, values.tolist()), told, _shares(values), strict=True)
    return [Neuron(*row) for row in rows]


def _told(of: Pass, layer: Layer, numbers: Sequence[tuple[str, Tensor]]) -> list[str]:
    """`hidden 1, 3: weighted sum 0.74, relu 0.74`, for each neuron."""
    found = []
    for place, name in enumerate(of.names(layer.sums)):
        steps = [f"{what} {shown(values[0, place].item())}" for what, values in numbers]
        found.append(f"{layer.name}, {name}: {', '.join(steps)}")
    return found


def _weights(layer: Layer) -> Tensor:
    """float32 [neurons, neurons before]"""
    return weights_of(layer.sums, list(range(layer.sums.given.numel())))


def _slopes(layer: Layer, gradients: Backward) -> Tensor:
    """dL/dw, of weights as they act."""
    return torch.outer(gradients.of(layer.sums)[0], layer.sums.taken[0])


def _shares(values: Tensor) -> list[float]:
    """Of the largest size."""
    largest = values.abs().max()
    shares: list[float] = (values / largest if largest > 0 else values).tolist()
    return shares


def _probabilities(trace: Trace, of: Pass) -> list[str]:
    """Of the outputs, where they are classes or labels and the network answers alone; else none."""
    columns = [f"probability_{name}" for name in of.outputs]
    if trace.members > 1 or not all(column in trace.answer for column in columns):
        return []
    return [probable(trace.answer[column]) for column in columns]
