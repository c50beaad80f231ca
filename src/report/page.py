"""The report: one page, in the order in which a reader asks."""

from collections.abc import Iterator
from html import escape

from src import atomic
from src.charts.page import page, paragraph
from src.report import tables
from src.report.sections import classes, columns, metrics, numbers, rows, training
from src.report.sections.section import Section
from src.report.subject import Subject

NAME = "report.html"


def write(subject: Subject) -> None:
    """report.html into the run folder, and the tables of its curves into plots/. Raises MachineError."""
    tables.write(subject, subject.folder / "plots")
    atomic.write_bytes(subject.folder / NAME, as_html(subject).encode())


def as_html(subject: Subject) -> str:
    record, output = subject.record, subject.tested.output
    sections = [*_sections(subject)]
    links = "".join(f'<a href="#{each.key}">{escape(each.title)}</a> ' for each in sections)
    warnings = "\n".join(paragraph(each, "warning") for each in (subject.proved.warnings if subject.proved else ()))
    head = (
        f"<h1>{escape(record['name'])}</h1>\n"
        f'<p class="quiet">predicts {escape(output.name)} ({output.task.value}); tested on {len(subject.tested):,} '
        f"rows that nothing was learned from</p>\n{warnings}{metrics.headlines(subject)}\n<nav>{links}</nav>"
    )
    body = [f'<section id="{each.key}"><h2>{escape(each.title)}</h2>{each.content}</section>' for each in sections]
    return page(f"{record['name']}: report", "\n".join([f"<header>{head}</header>", "<main>", *body, "</main>"]))


def _sections(subject: Subject) -> Iterator[Section]:
    yield training.about(subject)
    yield training.network(subject)
    yield training.learning(subject)
    yield metrics.metrics(subject)
    yield (classes if subject.tested.output.answers else numbers).answers(subject)
    yield columns.slices(subject)
    yield columns.importance(subject)
    yield columns.dependence(subject)
    yield rows.worst_rows(subject)
    yield rows.data_notes(subject)
    yield training.again(subject)
