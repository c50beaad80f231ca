"""Numbers of a layer as text: a column for each neuron and a row for each step, or a sentence where they are many."""

from collections.abc import Callable, Iterable, Sequence

from torch import Tensor

from src.data.names import shortened
from src.tracing.layers import is_small
from src.tracing.numbers import shown
from src.tracing.spread import spread, strongest_named

_MOST_COLUMNS = 10
_LABEL, _WIDTH = 21, 120  # letters
_LONGEST = 18  # characters of a name


def rows(
    title: str, names: Sequence[str], steps: Sequence[tuple[str, Tensor]], form: Callable[[float], str] = shown
) -> list[str]:
    """`steps`: what the numbers are, and they themselves, [1, ...], as many as there are `names`."""
    if not is_small(steps[0][1]):
        told = [_line(f"  {what}", [_told(values, names)]) for what, values in steps]
        return [title, *told] if title else told
    cells = [[shortened(name, _LONGEST) for name in names], *([*map(form, v.flatten().tolist())] for _, v in steps)]
    labels = [title, *(f"  {what}" for what, _ in steps)]
    widths = [max(5, *map(len, column)) for column in zip(*cells, strict=True)]
    lines = []
    fitting = max(1, min(_MOST_COLUMNS, (_WIDTH - _LABEL) // (2 + max(widths))))
    for start in range(0, len(names), fitting):
        part = slice(start, start + fitting)
        lines += [
            _line(label if start == 0 or label != title else "", map(str.rjust, row[part], widths[part]))
            for label, row in zip(labels, cells, strict=True)
        ]
    return lines


def _told(values: Tensor, names: Sequence[str]) -> str:
    flat, shape = values.flatten(), " x ".join(map(str, values.shape[1:]))
    return f"{shape} numbers: {spread(flat)}; {strongest_named(flat, names)}"


def _line(label: str, cells: Iterable[str]) -> str:
    return f"{label:<{_LABEL - 2}}  {'  '.join(cells)}".rstrip()
