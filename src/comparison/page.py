"""A comparison as one HTML file that needs no other."""

import re
from html import escape
from pathlib import Path

from src import atomic
from src.charts import page as charts
from src.comparison.comparison import Comparison
from src.comparison.report import conclusion, notes, tables
from src.tracking.artifacts import COMPARISONS

_LONGEST = 60  # characters of the names in that of a file


def write(comparison: Comparison, path: Path) -> None:
    """Raises MachineError if the disk refuses."""
    atomic.write_bytes(path, page(comparison).encode())


def keep(comparison: Comparison) -> list[Path]:
    """Writes the page into `comparisons/` of each folder that is compared, from where MLflow gets it; returns these
    folders. The same comparison made again takes the place of the first. Raises MachineError if the disk refuses."""
    runs = [run for side in comparison.sides for run in side.runs]
    folders = [run.run.folder for run in runs]
    names = re.sub(r"[^\w.-]", "_", "_".join(folder.name for folder in folders))[:_LONGEST]
    which = atomic.json_digest([str(folder.resolve()) for folder in folders])[:8]
    for folder in folders:
        (folder / COMPARISONS).mkdir(exist_ok=True)
        write(comparison, folder / COMPARISONS / f"{names}-{which}.html")
    return folders


def page(comparison: Comparison) -> str:
    title = f"{comparison.sides[0].runs[0].output.name}: {len(comparison.sides)} compared"
    content = [
        f"<h1>{escape(title)}</h1>",
        *(f"<p><strong>{escape(line)}</strong></p>" for line in conclusion(comparison).splitlines()),
        *(charts.table(each.rows, each.title) for each in tables(comparison)),
        *(charts.paragraph(note, "quiet") for note in notes(comparison)),
    ]
    return charts.page(title, "\n".join(content))
