"""One HTML file that needs no other: no script, nothing from the network; light and dark, on paper and on a phone."""

from collections.abc import Mapping, Sequence
from html import escape

from src.charts.svg import STYLE

_STYLE = """\
*{box-sizing:border-box}
body{max-width:68rem;margin:0 auto;padding:1.5rem 1.25rem 4rem;background:var(--page);color:var(--text);
font:15px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif;overflow-wrap:anywhere}
h1{font-size:1.55rem;line-height:1.25;margin:.5rem 0 .25rem}h2{font-size:1.15rem;margin:2.6rem 0 .5rem}
h3{font-size:.95rem;margin:0 0 .4rem;font-weight:600}p{margin:.4rem 0}a{color:var(--c0)}
.quiet,figcaption,caption{color:var(--quiet)}figcaption{font-size:.87rem;margin-top:.3rem}
.grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,23rem),1fr));gap:1rem;margin:.8rem 0}
.grid.narrow{grid-template-columns:repeat(auto-fill,minmax(min(100%,18rem),1fr))}
figure{margin:0;padding:.9rem 1rem;background:var(--card);border:1px solid var(--rule);border-radius:8px;min-width:0}
figure.wide{margin:.8rem 0;max-width:42rem}
.numbers{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.8rem;margin:1.1rem 0}
.numbers b{display:block;font-size:1.55rem;line-height:1.25;font-variant-numeric:tabular-nums}
.numbers span{font-size:.85rem;color:var(--quiet);display:block}
.scroll{overflow-x:auto;margin:.6rem 0}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.92rem}
caption{text-align:left;padding-bottom:.3rem}td,th{text-align:left;padding:.28rem 1.1rem .28rem 0;
border-bottom:1px solid var(--rule);vertical-align:top;overflow-wrap:normal}th{font-weight:600;white-space:nowrap}
td.number,th.number{text-align:right}td.number,.lines td{white-space:nowrap}
pre{overflow-x:auto;background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:.7rem .9rem;
font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,monospace;overflow-wrap:normal}
code{font:.92em ui-monospace,SFMono-Regular,Menlo,monospace}details{margin:.6rem 0}summary{cursor:pointer}
nav{font-size:.9rem;margin:.8rem 0}nav a{margin-right:.9rem}.warning{color:var(--c1);font-weight:600}
@media(max-width:700px){body{padding:1rem .8rem 3rem}.grid{grid-template-columns:minmax(0,1fr)}}
@media print{body{max-width:none}figure{break-inside:avoid}}
"""


def page(title: str, content: str) -> str:
    """`content`: HTML of the body."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{STYLE}{_STYLE}</style>\n</head>\n<body>\n{content}\n</body>\n</html>\n"
    )


def table(rows: Sequence[Sequence[str]], caption: str = "", numbers: Sequence[int] = (), kind: str = "") -> str:
    """The first of `rows` names the columns; `numbers`: columns that are aligned to the right;
    `kind`: lines, if no cell may be broken. Scrolls if need be."""
    heads, *others = rows
    lines = [_row(heads, "th", numbers), *(_row(row, "td", numbers) for row in others)]
    above = f"<caption>{escape(caption)}</caption>\n" if caption else ""
    opening = f'<table class="{kind}">' if kind else "<table>"
    return f'<div class="scroll">{opening}\n' + above + "\n".join(lines) + "\n</table></div>"


def pairs(named: Mapping[str, str]) -> str:
    """A table of names and what is said of each."""
    lines = [f'<tr><th scope="row">{escape(name)}</th><td>{escape(text)}</td></tr>' for name, text in named.items()]
    return '<div class="scroll"><table>\n' + "\n".join(lines) + "\n</table></div>"


def figure(picture: str, title: str, caption: str = "", kind: str = "") -> str:
    """A picture (SVG) with its title above and what is to be known of it below; `kind`: wide, where it stands alone."""
    below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    opening = f'<figure class="{kind}">' if kind else "<figure>"
    return f"{opening}<h3>{escape(title)}</h3>{picture}{below}</figure>"


def grid(*cards: str, kind: str = "") -> str:
    """Beside one another where there is room; `kind`: narrow, if three are to stand on a wide screen."""
    return f'<div class="{f"grid {kind}".strip()}">{"".join(cards)}</div>'


def paragraph(text: str, kind: str = "") -> str:
    return f'<p class="{kind}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def details(summary: str, content: str) -> str:
    """`content` (HTML) is shown when the summary is clicked."""
    return f"<details><summary>{escape(summary)}</summary>{content}</details>"


def _row(cells: Sequence[str], tag: str, numbers: Sequence[int]) -> str:
    kinds = [' class="number"' if place in numbers else "" for place in range(len(cells))]
    content = "".join(f"<{tag}{kind}>{escape(cell)}</{tag}>" for cell, kind in zip(cells, kinds, strict=True))
    return f"<tr>{content}</tr>"
