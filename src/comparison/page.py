"""A comparison as one HTML file that needs no other."""

import re
from html import escape
from pathlib import Path

from src import atomic
from src.comparison.comparison import Comparison
from src.comparison.report import Table, conclusion, notes, tables
from src.tracking.artifacts import COMPARISONS

_LONGEST = 60  # characters of the names in that of a file

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
section {{ overflow-x: auto; margin-top: 1.5rem; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; }}
caption {{ text-align: left; font-weight: 600; padding-bottom: .3rem; }}
th, td {{ text-align: left; padding: .2rem 1.2rem .2rem 0; border-bottom: 1px solid #8884; vertical-align: top; }}
th {{ font-weight: 600; }}
.note {{ opacity: .75; }}
</style>
</head>
<body>
<h1>{title}</h1>
{conclusion}
{tables}
{notes}
</body>
</html>
"""


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
    return _PAGE.format(
        title=escape(title),
        conclusion="\n".join(f"<p><strong>{escape(line)}</strong></p>" for line in conclusion(comparison).splitlines()),
        tables="\n".join(_table(table) for table in tables(comparison)),
        notes="\n".join(f'<p class="note">{escape(note)}</p>' for note in notes(comparison)),
    )


def _table(table: Table) -> str:
    heads, *rows = table.rows
    lines = [_row(heads, "th"), *(_row(row, "td") for row in rows)]
    content = "\n".join(lines)
    return f"<section><table>\n<caption>{escape(table.title)}</caption>\n{content}\n</table></section>"


def _row(cells: list[str], tag: str) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"
