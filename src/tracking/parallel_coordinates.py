"""A picture of a grid: an axis for each swept key and for the deciding metric, a line for each run (Inselberg 1985)."""

from collections.abc import Mapping, Sequence

from src.charts.scale import shown
from src.charts.svg import STYLE, element, text, title

_WIDTH, _HEIGHT, _TOP, _SIDE = 220, 360, 60, 110  # pixels: between axes, of an axis, around
_BEST, _WORST = (30, 110, 200), (225, 170, 90)  # colours of lines, RGB
_MOST = 12  # names on an axis of texts; more are not readable
_STYLE = f"<style>{STYLE}svg{{background:var(--page)}}text{{fill:var(--text)}}</style>"  # a file of its own has one

Value = float | str


def picture(rows: Sequence[Mapping[str, Value]], deciding: str, higher_is_better: bool) -> str:
    """SVG, readable on light and dark. Each of `rows` has the same keys, the last of which is `deciding`, a number.

    An axis has numbers in their order, if all are, else each text once; the best run is blue and on top.
    """
    axes = {name: _Axis([row[name] for row in rows], even=name != deciding) for name in rows[0]}
    quality = axes[deciding]
    share = [quality.place(row[deciding]) if higher_is_better else 1 - quality.place(row[deciding]) for row in rows]
    places = {name: _SIDE + number * _WIDTH for number, name in enumerate(axes)}
    drawn = []
    for number in sorted(range(len(rows)), key=lambda number: share[number]):
        points = " ".join(f"{places[name]},{_y(axis.place(rows[number][name]))}" for name, axis in axes.items())
        what = ", ".join(f"{name}={_shown(rows[number][name])}" for name in axes)
        look = {"fill": "none", "stroke": _colour(share[number]), "stroke_width": 2, "stroke_opacity": 0.8}
        drawn.append(element("polyline", title(what), points=points, **look))
    for name, axis in axes.items():
        x = places[name]
        drawn.append(element("line", x1=x, y1=_y(0), x2=x, y2=_y(1), stroke="var(--quiet)"))
        drawn.append(text(name, x, _TOP - 25, text_anchor="middle", font_weight="bold"))
        drawn += [text(_shown(value), x + 8, _y(axis.place(value)) + 4) for value in axis.marks]
    width, height = 2 * _SIDE + (len(axes) - 1) * _WIDTH, _HEIGHT + 2 * _TOP
    size = {"width": width, "height": height, "font_family": "sans-serif", "font_size": 12}
    content = "\n".join([_STYLE, *drawn])
    return element("svg", content, xmlns="http://www.w3.org/2000/svg", role="img", **size) + "\n"


class _Axis:
    """Of the numbers or texts that are there. `even`: few numbers stand at equal distances, since swept ones are often
    powers of ten."""

    def __init__(self, values: Sequence[Value], even: bool) -> None:
        self.even = even
        numbers = [value for value in values if not isinstance(value, str)]
        self.of_numbers = len(numbers) == len(values)
        self.values: list[Value] = sorted(set(numbers)) if self.of_numbers else list(dict.fromkeys(map(str, values)))

    @property
    def marks(self) -> list[Value]:
        if len(self.values) <= _MOST and (self.even or len(self.values) < 3):
            return self.values
        return [self.values[0], self.values[-1]] if self.of_numbers else self.values[:_MOST]

    def place(self, value: Value) -> float:
        """0 at the bottom to 1 at the top."""
        if self.of_numbers and (len(self.values) > _MOST or not self.even):
            low, high = float(self.values[0]), float(self.values[-1])
            return (float(value) - low) / (high - low or 1.0)
        return self.values.index(value if self.of_numbers else str(value)) / max(1, len(self.values) - 1)


def _y(place: float) -> float:
    return round(_TOP + _HEIGHT * (1 - place), 1)


def _colour(share: float) -> str:
    return "rgb({},{},{})".format(*(round(w + share * (b - w)) for b, w in zip(_BEST, _WORST, strict=True)))


def _shown(value: Value) -> str:
    return value if isinstance(value, str) else shown(value)
