"""A trace as text for the terminal: the row, the layers, the answer, the loss, and the way back."""

from src.data.names import shortened
from src.tracing.answer_text import answer_text
from src.tracing.backward_text import backward_text
from src.tracing.cells import Cell
from src.tracing.forward_text import forward_text
from src.tracing.loss_text import loss_text
from src.tracing.title import title
from src.tracing.trace import Trace

_LONGEST = 30  # characters of a name or a cell


def as_text(trace: Trace) -> str:
    lines = [*trace.notes, *([""] if trace.notes else []), *_cells(trace.cells)]
    for number, each in enumerate(trace.passes):
        lines += ["", title(trace.predictor, each, number, len(trace.passes)), *forward_text(each)]
    lines += answer_text(trace)
    if trace.loss is not None and trace.truth is not None:
        lines += ["", *loss_text(trace, trace.loss, trace.truth)]
    for number, each in enumerate(trace.passes):
        if each.backward is not None:
            lines += [
                "",
                f"{title(trace.predictor, each, number, len(trace.passes))}, back from the loss",
                *backward_text(each, each.backward),
            ]
    return "\n".join(lines)


def _cells(cells: list[Cell]) -> list[str]:
    table = [("the row", "given", "as the network sees it")]
    table += [(f"  {shortened(c.name, _LONGEST)}", shortened(c.raw, _LONGEST), c.seen) for c in cells]
    first, second, third = (max(map(len, column)) for column in zip(*table, strict=True))
    return [f"{name:<{first}}  {raw:>{second}}  {seen:>{third}}".rstrip() for name, raw, seen in table]
