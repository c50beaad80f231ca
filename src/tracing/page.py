"""A trace as one HTML file that needs no other."""

from collections.abc import Iterator
from html import escape
from pathlib import Path

from src import atomic
from src.tracing import picture
from src.tracing.answer_text import answer_line
from src.tracing.drawing import svg
from src.tracing.small import is_drawn_by_neurons
from src.tracing.text import as_text
from src.tracing.title import title
from src.tracing.trace import Trace

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }}
body {{ max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.4rem; }}
h2 {{ font-size: 1.1rem; margin-top: 2rem; }}
figure {{ margin: 1.5rem 0; }}
figcaption {{ opacity: .75; margin-top: .5rem; }}
pre {{ overflow-x: auto; font-size: .8rem; line-height: 1.4; }}
</style>
</head>
<body>
<h1>{title}</h1>
{figures}
<h2>In numbers</h2>
<pre>{text}</pre>
</body>
</html>
"""
_FORWARD = "The row on its way through the network: blue is above 0, orange below."
_BACK = "The gradient of the loss L on its way back: violet is above 0, green below."
_THICK = (" The thicker a line, the larger is weight · input.", " The thicker a line, the larger is dL/d weight.")


def write(trace: Trace, path: Path) -> None:
    """Raises MachineError if the disk refuses."""
    atomic.write_bytes(path, page(trace).encode())


def page(trace: Trace) -> str:
    figures = "\n".join(_figures(trace))
    return _PAGE.format(title=escape(answer_line(trace)), figures=figures, text=escape(as_text(trace)))


def _figures(trace: Trace) -> Iterator[str]:
    """Of each member of an ensemble."""
    for number, of in enumerate(trace.passes):
        name = title(trace.predictor, of, number, len(trace.passes))
        yield f"<h2>{escape(name)}</h2>"
        thick = _THICK if is_drawn_by_neurons(of) else ("", "")
        yield _figure(svg([picture.forward(trace, of)], name), _FORWARD + thick[0])
        if of.backward is not None:
            yield _figure(svg([picture.back(of, of.backward)], f"{name}, gradient"), _BACK + thick[1])


def _figure(drawn: str, caption: str) -> str:
    return f"<figure>\n{drawn}<figcaption>{escape(caption)}</figcaption>\n</figure>"
