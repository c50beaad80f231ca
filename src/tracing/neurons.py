"""A small network neuron by neuron: a circle for each, a line for each weight."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from torch import Tensor

from src.data.names import shortened
from src.tracing.drawing import Drawing, lines, sign, text

_COLUMN, _ROW, _RADIUS, _LINE = 112, 36, 15, 14  # pixels: between layers, between neurons, of a circle, of text
_LETTER, _LONGEST = 6.8, 17  # pixels, and how many of them a name has at most
_THICK = ((0.6, 3.2, 0.9), (0.3, 2.0, 0.75), (0.1, 1.1, 0.6), (0.02, 0.6, 0.45))
"""From which share of the largest on a line has which width and opacity; smaller ones are left out."""


@dataclass(frozen=True)
class Neuron:
    """`name` and `note` stand beside it in the first and the last column, `value` inside; `told` is for who points at
    it, `strength` from -1 to 1 its colour."""

    name: str
    note: str = ""
    value: str = ""
    told: str = ""
    strength: float = 0.0


@dataclass(frozen=True)
class Column:
    """`heads`: its lines of title."""

    heads: Sequence[str]
    neurons: Sequence[Neuron]


def draw(columns: Sequence[Column], links: Sequence[Tensor], kind: str) -> Drawing:
    """`links`: for each column but the first, float32 [its neurons, those before it]; `kind`: class of the colours."""
    left, right = (_margin(columns[end].neurons) for end in (0, -1))
    top = _LINE * max(len(column.heads) for column in columns) + 10
    tallest = max(len(column.neurons) for column in columns)
    width, height = left + right + _COLUMN * (len(columns) - 1), top + tallest * _ROW
    places = [
        _places(len(column.neurons), left + _COLUMN * i, top + _ROW * tallest // 2) for i, column in enumerate(columns)
    ]
    parts = [*_all_links(places, links)]
    for i, (column, of_column) in enumerate(zip(columns, places, strict=True)):
        parts += _heads(column.heads, of_column[0][0])
        side = {0: "end", len(columns) - 1: "start"}.get(i, "")
        parts += [_neuron(neuron, *place, side) for neuron, place in zip(column.neurons, of_column, strict=True)]
    return Drawing(f'<g class="{kind}">{"".join(parts)}</g>', width, height)


def _places(count: int, x: int, middle: int) -> list[tuple[int, int]]:
    first = middle - _ROW * (count - 1) // 2
    return [(x, first + _ROW * k) for k in range(count)]


def _heads(heads: Sequence[str], x: int) -> list[str]:
    name, *words = heads
    below = [text(x, _LINE * row, word, kind="faint") for row, word in enumerate(words, 2)]
    return [text(x, _LINE, name, bold=True), *below]


def _margin(neurons: Sequence[Neuron]) -> int:
    longest = max(len(shortened(each, _LONGEST)) for neuron in neurons for each in (neuron.name, neuron.note))
    return max(40, _RADIUS + 10 + round(_LETTER * longest))


def _all_links(places: list[list[tuple[int, int]]], links: Sequence[Tensor]) -> Iterator[str]:
    largest = max((float(each.abs().max()) for each in links), default=0.0) or 1.0
    for i, link in enumerate(links):
        yield from _links(places[i], places[i + 1], (link / largest).tolist())


def _links(starts: list[tuple[int, int]], ends: list[tuple[int, int]], shares: list[list[float]]) -> Iterator[str]:
    """Those of a width and sign together."""
    joined = [(*starts[source], *ends[to], share) for to, row in enumerate(shares) for source, share in enumerate(row)]
    above = math.inf
    for least, width, opacity in _THICK:
        for kind, factor in (("plus", 1), ("minus", -1)):
            chosen = [each[:4] for each in joined if least <= factor * each[4] < above]
            yield lines(chosen, kind, width, opacity)
        above = least


def _neuron(neuron: Neuron, x: int, y: int, side: str) -> str:
    circle = f'<circle cx="{x}" cy="{y}" r="{_RADIUS}"'
    parts = [f"<title>{escape(neuron.told or neuron.name)}</title>", f'{circle} class="ground"/>']
    if neuron.strength:
        parts.append(f'{circle} class="{sign(neuron.strength)}" fill-opacity="{0.5 * abs(neuron.strength):.2f}"/>')
    parts.append(f'{circle} class="rim"/>')
    if neuron.value:
        parts.append(text(x, y + 3, neuron.value, kind="value"))
    if side:
        at = x + (_RADIUS + 6) * (1 if side == "start" else -1)
        parts.append(text(at, y + (-2 if neuron.note else 4), shortened(neuron.name, _LONGEST), side))
        if neuron.note:
            parts.append(text(at, y + 11, shortened(neuron.note, _LONGEST), side, "faint"))
    return f"<g>{''.join(parts)}</g>"
