"""A comparison as one HTML file that needs no other."""

from html import escape
from pathlib import Path

from src import atomic
from src.charts import page as charts
from src.comparison.comparison import Comparison
from src.comparison.report import conclusion, notes, tables


def write(comparison: Comparison, path: Path) -> None:
    """Raises MachineError if the disk refuses."""
    atomic.write_bytes(path, page(comparison).encode())


def page(comparison: Comparison) -> str:
    title = f"{comparison.sides[0].runs[0].output.name}: {len(comparison.sides)} compared"
    content = [
        f"<h1>{escape(title)}</h1>",
        *(f"<p><strong>{escape(line)}</strong></p>" for line in conclusion(comparison).splitlines()),
        *(charts.table(each.rows, each.title) for each in tables(comparison)),
        *(charts.paragraph(note, "quiet") for note in notes(comparison)),
    ]
    return charts.page(title, "\n".join(content))
