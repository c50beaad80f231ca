"""A line for each name, and below it a bar that goes from zero to the right if its number is positive, else left."""

from collections.abc import Sequence
from typing import NamedTuple

from src.charts.scale import Scale, signed
from src.charts.svg import COLOURS, colour, element, picture, short, text, title

_WIDTH, _ROW, _BAR, _EDGE = 320, 35, 9, 2
LONGEST = 38  # characters of a name


class Bar(NamedTuple):
    """`rest`: whether it is of all that is not told one by one."""

    name: str
    value: float
    rest: bool = False


def diverging(bars: Sequence[Bar], ends: tuple[float, float], label: str) -> str:
    """A narrow picture, the first of `bars` on top. `ends`: the smallest and the largest number of it and of those that
    it is compared with."""
    scale, height = Scale.of(ends, include=[0.0], margin=0.0), _ROW * len(bars) + _EDGE

    def place(value: float) -> float:
        return _EDGE + scale.share(value) * (_WIDTH - 2 * _EDGE)

    largest = max(map(abs, ends))
    lines = [
        _line(bar, signed(bar.value, largest), number * _ROW, place(0.0), place(bar.value))
        for number, bar in enumerate(bars)
    ]
    return picture(lines, _WIDTH, height, label)


def _line(bar: Bar, told: str, top: float, zero: float, end: float) -> str:
    left, right, name = min(zero, end), max(zero, end), short(bar.name, LONGEST)
    content = [
        title(f"{bar.name}: {told}"),
        element("rect", x=0, y=top, width=_WIDTH, height=_ROW, fill="transparent"),
        text(name, _EDGE, top + 16, class_="quiet" if bar.rest else ""),
        text(told, _WIDTH - _EDGE, top + 16, text_anchor="end"),
        element("line", x1=zero, x2=zero, y1=top + 20, y2=top + 22 + _BAR + 2, class_="rule"),
        element("rect", x=left, y=top + 22, width=max(right - left, 1.0), height=_BAR, rx=1.5, class_="fill"),
    ]
    return element("g", "".join(content), style=colour(COLOURS if bar.rest else int(bar.value < 0)))
