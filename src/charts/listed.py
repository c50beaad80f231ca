"""A line for each name: a value, how far it may reach, and what belongs to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from src.charts.scale import Scale, shown
from src.charts.svg import colour, element, picture, short, text, title

_WIDTH, _ROW, _LABEL, _RIGHT, _FOOT = 500, 24, 196, 50, 44
_LONGEST = 27  # characters of a label


@dataclass(frozen=True)
class Entry:
    """`note` stands at the right end, `told` where the pointer is."""

    name: str
    value: float
    low: float
    high: float
    note: str = ""
    told: str = ""


def listed(entries: Sequence[Entry], x_name: str, label: str, mark: float | None = None) -> str:
    """A picture, the first of `entries` on top. `mark`: where a dashed line is."""
    ends = [end for each in entries for end in (each.low, each.high, each.value)]
    scale = Scale.of(ends, include=[] if mark is None else [mark])
    height = _ROW * len(entries) + _FOOT
    floor = float(height - _FOOT)

    def place(value: float) -> float:
        return _LABEL + scale.share(value) * (_WIDTH - _LABEL - _RIGHT)

    marks = []
    for value in scale.ticks:
        x = place(value)
        marks.append(element("line", x1=x, x2=x, y1=0, y2=floor, class_="rule"))
        marks.append(text(shown(value), x, floor + 16, text_anchor="middle", class_="quiet"))
    if mark is not None:
        marks.append(element("line", x1=place(mark), x2=place(mark), y1=0, y2=floor, class_="mark"))
    for number, each in enumerate(entries):
        marks.append(_row(each, (number + 0.5) * _ROW, place(each.low), place(each.value), place(each.high)))
    marks.append(text(x_name, (_LABEL + _WIDTH - _RIGHT) / 2, height - 8, text_anchor="middle"))
    return picture(marks, _WIDTH, height, label)


def _row(entry: Entry, y: float, low: float, value: float, high: float) -> str:
    told = entry.told or f"{entry.name}: {shown(entry.value)} ({shown(entry.low)} to {shown(entry.high)})"
    content = [
        title(told),
        element("rect", x=0, y=y - _ROW / 2, width=_WIDTH, height=_ROW, fill="transparent"),
        text(short(entry.name, _LONGEST), _LABEL - 10, y + 4, text_anchor="end"),
        element("line", x1=low, x2=high, y1=y, y2=y, class_="reach"),
        element("circle", cx=value, cy=y, r=4.5, class_="fill"),
        text(entry.note, _WIDTH - 4, y + 4, text_anchor="end", class_="quiet"),
    ]
    return element("g", "".join(content), style=colour(0))
