"""Pictures of a network: as it is, with a row on its way through it, and with the gradient on its way back.

A network of at most 16 neurons in a layer and six layers is drawn neuron by neuron, a larger one layer by layer.
"""

from pathlib import Path

import torch

from src import atomic
from src.data.names import shortened
from src.inference import Predictor
from src.tracing import block_pictures, neuron_pictures
from src.tracing.answer_text import answer_line
from src.tracing.drawing import Drawing, svg, text
from src.tracing.gradients import Backward
from src.tracing.small import is_drawn_by_neurons
from src.tracing.title import title
from src.tracing.trace import Pass, Trace, networks_of, one_pass

_LINE = 16  # pixels


def network_svg(predictor: Predictor) -> str:
    """One `<svg>` for a page, of an ensemble the first member: lines as thick as weights are large, blue above 0,
    orange below. Less than 60 kB."""
    networks, input = networks_of(predictor), predictor.features.input
    x_num, x_cat = torch.full((1, len(input.numeric)), torch.nan), torch.zeros(1, len(input.categorical)).long()
    of = one_pass(predictor, networks[0], x_num, x_cat)  # which layers there are, a row tells
    name = title(predictor, of, 0, len(networks))
    drawn = neuron_pictures.weights(of) if is_drawn_by_neurons(of) else block_pictures.weights(of)
    return svg([captioned(drawn, name)], name)


def trace_svg(trace: Trace) -> str:
    """One `<svg>` for a file of its own: each member of an ensemble, and the way back of each below it."""
    found = []
    for number, of in enumerate(trace.passes):
        name = title(trace.predictor, of, number, len(trace.passes))
        found.append(captioned(forward(trace, of), f"{name}: {shortened(answer_line(trace))}"))
        if of.backward is not None:
            found.append(captioned(back(of, of.backward), f"{name}: the gradient on its way back"))
    return svg(found, "a row on its way through the network")


def write(trace: Trace, path: Path) -> None:
    """`trace_svg` as a file. Raises MachineError if the disk refuses."""
    atomic.write_bytes(path, trace_svg(trace).encode())


def forward(trace: Trace, of: Pass) -> Drawing:
    """Lines as thick as what they carry is large: weight times activation."""
    return neuron_pictures.forward(trace, of) if is_drawn_by_neurons(of) else block_pictures.forward(of)


def back(of: Pass, gradients: Backward) -> Drawing:
    """In colours of its own; lines as thick as the gradients of their weights are large."""
    return neuron_pictures.back(of, gradients) if is_drawn_by_neurons(of) else block_pictures.back(of, gradients)


def captioned(drawing: Drawing, caption: str) -> Drawing:
    """Its parts, which colons separate, stand one below the other."""
    lines, middle = caption.split(": "), drawing.width / 2
    titles = [text(middle, _LINE * row - 3, line, bold=row == 1) for row, line in enumerate(lines, 1)]
    top = _LINE * len(lines) + _LINE // 2
    body = f'{"".join(titles)}<g transform="translate(0,{top})">{drawing.body}</g>'
    return Drawing(body, drawing.width, drawing.height + top)
