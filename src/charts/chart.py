"""Lines, points, bars and bands between two axes."""

from collections.abc import Sequence

from src.charts.scale import Scale, shown
from src.charts.svg import COLOURS, colour, element, picture, short, text, title

WIDTH, HEIGHT = 420, 280
_RIGHT, _TOP, _BOTTOM = 12, 12, 42
_STRIP = 0.16  # of the height
_MOST_HOVERS = 80
_LONGEST = 20  # characters of a name in the legend
_ROW, _LETTER = 18, 7.0  # height of a line of the legend, width of a letter


class Chart:
    """Marks are added one after another, later ones on top; `svg` gives the picture.

    `names`: of the colours, for the legend, by number; left out where there is one only. `label`: what the picture is,
    in words.
    """

    def __init__(
        self, x: Scale, y: Scale, x_name: str, y_name: str, label: str, names: Sequence[str] = (), height: int = HEIGHT
    ) -> None:
        self.x_scale, self.y_scale, self.label = x, y, label
        self.names = [short(name, _LONGEST) for name in names] if len(names) > 1 else []
        self.left = 30 + _LETTER * max((len(shown(value)) for value in y.ticks), default=0)
        self.places = _legend_places(self.names, self.left)
        self.top = _TOP + (_ROW * (1 + self.places[-1][1]) + 6 if self.places else 0)
        self.height = height + self.top - _TOP
        self.marks = [*self._axes(x_name, y_name), *self._legend()]

    def line(self, x: Sequence[float], y: Sequence[float], number: int = 0, name: str = "", thin: bool = False) -> None:
        """Through the points, each of which tells its values."""
        points = " ".join(f"{self._x(a):.1f},{self._y(b):.1f}" for a, b in zip(x, y, strict=True))
        kind = "line thin" if thin else "line"
        marks = [element("polyline", title(name) if name else "", points=points, class_=kind)]
        if len(x) <= _MOST_HOVERS and not thin:
            marks += [
                element("circle", title(_told(name, a, b)), cx=self._x(a), cy=self._y(b), r=4, class_="hover")
                for a, b in zip(x, y, strict=True)
            ]
        self._add(marks, number)

    def band(self, x: Sequence[float], low: Sequence[float], high: Sequence[float], number: int = 0) -> None:
        """What lies between two lines."""
        there = [(self._x(a), self._y(b)) for a, b in zip(x, high, strict=True)]
        back = [(self._x(a), self._y(b)) for a, b in zip(x, low, strict=True)]
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in [*there, *reversed(back)])
        self._add([element("polygon", points=points, class_="band")], number)

    def points(
        self, x: Sequence[float], y: Sequence[float], number: int = 0, told: Sequence[str] = (), radius: float = 3
    ) -> None:
        """`told`: of each point, else its values."""
        told = told or [_told("", a, b) for a, b in zip(x, y, strict=True)]
        marks = [
            element("circle", title(each), cx=self._x(a), cy=self._y(b), r=radius, class_="dot")
            for a, b, each in zip(x, y, told, strict=True)
        ]
        self._add(marks, number)

    def reaches(self, x: Sequence[float], low: Sequence[float], high: Sequence[float], number: int = 0) -> None:
        """An upright stroke at each x."""
        marks = [
            element("line", x1=self._x(a), x2=self._x(a), y1=self._y(b), y2=self._y(c), class_="reach")
            for a, b, c in zip(x, low, high, strict=True)
        ]
        self._add(marks, number)

    def bars(self, edges: Sequence[float], heights: Sequence[float], number: int = 0, unit: str = "rows") -> None:
        """Of a histogram: one between each two `edges`."""
        marks = []
        for left, right, height in zip(edges[:-1], edges[1:], heights, strict=True):
            if height > 0:
                begin, end, tip = self._x(left), self._x(right), self._y(height)
                tell = title(f"{shown(left)} to {shown(right)}: {shown(height)} {unit}")
                width, tall = max(end - begin - 1, 0.5), self._y(self.y_scale.low) - tip
                marks.append(element("rect", tell, x=begin, y=tip, width=width, height=tall, class_="dot"))
        self._add(marks, number)

    def strip(self, x: Sequence[float], heights: Sequence[float]) -> None:
        """Where there is how much, 0 to 1: grey strokes that stand on the axis."""
        floor, tall = self._floor, _STRIP * (self._floor - self.top)
        marks = [
            element("line", x1=self._x(a), x2=self._x(a), y1=floor, y2=floor - tall * height, class_="strip")
            for a, height in zip(x, heights, strict=True)
            if height > 0
        ]
        self._add(marks, COLOURS)

    def named_tick(self, x: float, name: str) -> None:
        """For an axis of names, whose scale has no ticks."""
        self.marks.append(text(name, self._x(x), self._floor + 16, text_anchor="middle", class_="quiet"))

    def upright(self, x: float, name: str = "") -> None:
        """A dashed line at x, and what it is."""
        at = self._x(x)
        self.marks.append(element("line", x1=at, x2=at, y1=self.top, y2=self._floor, class_="mark"))
        if name:
            anchor = "start" if at < 0.7 * WIDTH else "end"
            self.marks.append(text(name, at, self.top - 3, text_anchor=anchor, class_="quiet"))

    def level(self, y: float) -> None:
        """A dashed line at y."""
        at = self._y(y)
        self.marks.append(element("line", x1=self.left, x2=WIDTH - _RIGHT, y1=at, y2=at, class_="mark"))

    def diagonal(self, low: float, high: float) -> None:
        """A dashed line where both are the same."""
        (x1, y1), (x2, y2) = ((self._x(end), self._y(end)) for end in (low, high))
        self.marks.append(element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_="mark"))

    def svg(self) -> str:
        return picture(self.marks, WIDTH, self.height, self.label)

    @property
    def _floor(self) -> float:
        return float(self.height - _BOTTOM)

    def _x(self, value: float) -> float:
        return self.left + self.x_scale.share(value) * (WIDTH - self.left - _RIGHT)

    def _y(self, value: float) -> float:
        return self._floor - self.y_scale.share(value) * (self._floor - self.top)

    def _add(self, marks: Sequence[str], number: int) -> None:
        self.marks.append(element("g", "".join(marks), style=colour(number)))

    def _axes(self, x_name: str, y_name: str) -> list[str]:
        marks = []
        for value in self.y_scale.ticks:
            at = self._y(value)
            marks.append(element("line", x1=self.left, x2=WIDTH - _RIGHT, y1=at, y2=at, class_="rule"))
            marks.append(text(shown(value), self.left - 6, at + 4, text_anchor="end", class_="quiet"))
        for value in self.x_scale.ticks:
            marks.append(text(shown(value), self._x(value), self._floor + 16, text_anchor="middle", class_="quiet"))
        middle = (self.top + self._floor) / 2
        turned = f"rotate(-90 12 {middle:.0f})"
        return [
            *marks,
            element("line", x1=self.left, x2=WIDTH - _RIGHT, y1=self._floor, y2=self._floor, class_="rule"),
            text(x_name, (self.left + WIDTH - _RIGHT) / 2, self.height - 8, text_anchor="middle"),
            text(y_name, 12, middle, text_anchor="middle", transform=turned),
        ]

    def _legend(self) -> list[str]:
        marks = []
        for number, (name, (x, row)) in enumerate(zip(self.names, self.places, strict=True)):
            y = _TOP + row * _ROW
            marks.append(element("rect", x=x, y=y - 6, width=10, height=10, class_="fill", style=colour(number)))
            marks.append(text(name, x + 15, y + 4))
        return marks


def _told(name: str, x: float, y: float) -> str:
    return f"{name}{': ' if name else ''}{shown(x)}, {shown(y)}"


def _legend_places(names: Sequence[str], left: float) -> list[tuple[float, int]]:
    """x and row of each name."""
    places, x, row = list[tuple[float, int]](), left, 0
    for name in names:
        width = 29 + _LETTER * len(name)
        if places and x + width > WIDTH - _RIGHT:
            x, row = left, row + 1
        places.append((x, row))
        x += width
    return places
