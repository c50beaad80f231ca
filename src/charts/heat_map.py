"""Counts of pairs as a table of coloured cells."""

from collections.abc import Sequence

from src.charts.scale import shown
from src.charts.svg import colour, element, picture, short, text, title

_CELL, _LABEL, _TOP, _FOOT, _WIDTH = 62, 120, 26, 30, 420
_LONGEST = 14  # characters of a name beside the map


def heat_map(counts: Sequence[Sequence[float]], names: Sequence[str], row: str, column: str, label: str) -> str:
    """A picture of counts, by row and column, both with `names`; a cell is as dark as its share of the row."""
    cell = min(_CELL, (_WIDTH - _LABEL - 10) / len(names))
    side = cell * len(names)
    marks = [text(column, _LABEL + side / 2, 14, text_anchor="middle"), _beside(row, _TOP + side / 2)]
    for i, (name, of_row) in enumerate(zip(names, counts, strict=True)):
        y = _TOP + i * cell
        marks.append(text(short(name, _LONGEST), _LABEL - 8, y + cell / 2 + 4, text_anchor="end", class_="quiet"))
        total = sum(of_row)
        for j, count in enumerate(of_row):
            share = count / total if total else 0.0
            told = title(f"{row} {name}, {column} {names[j]}: {shown(count)} ({share:.1%} of the row)")
            marks.append(_cell(_LABEL + j * cell, y, cell, share, told, shown(count) if cell > 24 else ""))
    for j, name in enumerate(names):
        marks.append(_below(short(name, _LONGEST), _LABEL + (j + 0.5) * cell, _TOP + side + 14))
    longest = max(len(short(name, _LONGEST)) for name in names)
    return picture(marks, _WIDTH, _TOP + side + _FOOT + 5.2 * longest, label)


def _beside(name: str, y: float) -> str:
    return text(name, 12, y, text_anchor="middle", transform=f"rotate(-90 12 {y:.0f})")


def _below(name: str, x: float, y: float) -> str:
    return text(name, x, y, text_anchor="end", class_="quiet", transform=f"rotate(-50 {x:.0f} {y:.0f})")


def _cell(x: float, y: float, side: float, share: float, told: str, shown_count: str) -> str:
    """The number stands on the colour of the page, in a bright spot if need be, so that it can be read on any shade."""
    shade = {"style": colour(0), "fill": "var(--c)", "fill_opacity": f"{0.06 + 0.5 * share:.2f}"}
    square = element("rect", x=x + 1, y=y + 1, width=side - 2, height=side - 2, rx=3, **shade)
    number = text(shown_count, x + side / 2, y + side / 2 + 4, text_anchor="middle") if shown_count else ""
    return element("g", told + square + number)
