"""What pictures of networks are made of: SVG that follows the page around it, light or dark."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

_STYLE = """\
<style>
svg:root{color-scheme:light dark;color:CanvasText;background:Canvas}
.network-picture{--plus:#2f78b7;--minus:#d2691e;font:11px system-ui,sans-serif}
.network-picture .gradient{--plus:#8250df;--minus:#2c8a4b}
.network-picture text{fill:currentColor;stroke:none}
.network-picture .plus{stroke:var(--plus);fill:var(--plus)}
.network-picture .minus{stroke:var(--minus);fill:var(--minus)}
.network-picture .line{fill:none}
.network-picture .faint{opacity:.7}
.network-picture .value{font-size:9.5px}
.network-picture .ground{fill:Canvas;stroke:none}
.network-picture .rim{fill:none;stroke:currentColor;stroke-opacity:.4}
@media(prefers-color-scheme:dark){
.network-picture{--plus:#6cb0ee;--minus:#f0a060}
.network-picture .gradient{--plus:#b48cf2;--minus:#5fc07f}}
</style>"""
_GAP = 16


@dataclass(frozen=True)
class Drawing:
    """`body`: SVG elements between x = 0 and `width`, y = 0 and `height`, in pixels of a large screen."""

    body: str
    width: int
    height: int


def svg(drawings: Sequence[Drawing], description: str) -> str:
    """One below the other, as one element that needs nothing else and takes the width that there is, up to a quarter
    more than its own."""
    width, height = max(each.width for each in drawings), 0
    parts = []
    for each in drawings:
        parts.append(f'<g transform="translate({(width - each.width) // 2},{height})">{each.body}</g>')
        height += each.height + _GAP
    size = f'viewBox="0 0 {width} {height}" style="width:100%;max-width:{width * 5 // 4}px;height:auto"'
    said = f'role="img" aria-label="{escape(description)}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" class="network-picture" {size} {said}>'
    return "\n".join([head, _STYLE, *parts, "</svg>\n"])


def text(x: float, y: float, content: str, anchor: str = "middle", kind: str = "", bold: bool = False) -> str:
    look = (f' class="{kind}"' if kind else "") + (' font-weight="600"' if bold else "")
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{look}>{escape(content)}</text>'


def sign(value: float) -> str:
    """The class of its colour."""
    return "plus" if value > 0 else "minus"


def lines(points: Iterable[tuple[int, int, int, int]], kind: str, width: float, opacity: float) -> str:
    """Straight ones from (x, y) to (x, y), all alike, as one element."""
    path = "".join(f"M{x1} {y1}L{x2} {y2}" for x1, y1, x2, y2 in points)
    look = f'class="line {kind}" stroke-width="{width:g}" stroke-opacity="{opacity:g}"'
    return f'<path d="{path}" {look}/>' if path else ""
