"""Single rows, and what is odd about the data."""

from collections.abc import Iterator

from src.charts.page import paragraph, table
from src.data.encoders.categorical import UNSEEN
from src.data.findings.columns import columns_that_say_the_same, sentinels, shifted_columns
from src.data.findings.rows import rows_in_several_parts, small_classes
from src.data.findings.target import copies_of_the_target
from src.data.findings.view import Finding, View
from src.data.part import Part
from src.data.prepared import Prepared
from src.report.sections.explained import explanations
from src.report.sections.section import Section
from src.report.subject import Subject
from src.report.worst import written

_MOST_ROWS, _MOST_CELLS = 5_000, 500_000  # of each part that are looked at
_MOST_PAIRED = 60  # columns that are compared in pairs


def worst_rows(subject: Subject) -> Section:
    rows = table(written(subject.worst, subject.by_importance), kind="lines")
    note = (
        "The test rows whose answers are most wrong, with the most important columns; row: its number in the data, "
        "from 1. What is wrong with many of them is worth a look into the data."
    )
    return Section("worst", "The worst errors", paragraph(note, "quiet") + rows + explanations(subject))


def data_notes(subject: Subject) -> Section:
    found = sorted(_findings(subject), key=lambda each: each.severity != "grave")
    lines = [paragraph(f"{each.severity}: {each.text}", "warning" * (each.severity == "grave")) for each in found]
    rows = _rows(subject.prepared)
    sampled = any(len(part) > rows for part in subject.prepared.parts.values())
    looked = f"Looked at: some {rows:,} rows of each part. " if sampled else ""
    more = f"{looked}python -m src.check with the keys of this run looks at more."
    nothing = [] if found else [paragraph("Nothing looks wrong.")]
    return Section("data", "Notes on the data", "".join([*lines, *nothing, paragraph(more, "quiet")]))


def _findings(subject: Subject) -> Iterator[Finding]:
    """What `src.check` finds in the prepared rows, as far as it is found quickly."""
    prepared, most = subject.prepared, _rows(subject.prepared)
    thinned = {name: _thinned(part, most) for name, part in prepared.parts.items()}
    view = View.of(Prepared(prepared.features, thinned, prepared.facts))
    yield from copies_of_the_target(view)
    if all(len(thinned[name]) == len(part) for name, part in prepared.parts.items()):
        yield from rows_in_several_parts(view)
    yield from small_classes(view)
    if len(view.categorical) <= _MOST_PAIRED:
        yield from columns_that_say_the_same(view)
    yield from shifted_columns(view, subject.config["dataset"]["split"]["by"] == "time")
    yield from sentinels(view)
    yield from _unseen(prepared)
    yield from (Finding("warning", note) for note in prepared.facts["notes"])


def _rows(prepared: Prepared) -> int:
    columns = len(prepared.features.input.numeric) + len(prepared.features.input.categorical)
    return max(500, min(_MOST_ROWS, _MOST_CELLS // columns))


def _thinned(part: Part, most: int) -> Part:
    step = -(-len(part) // most)
    weight = part.weight[::step] if len(part.weight) else part.weight
    return Part(part.x_num[::step], part.x_cat[::step], part.y[::step], part.row[::step], weight)


def _unseen(prepared: Prepared) -> Iterator[Finding]:
    """Test rows with categories that no train row had."""
    counts = (prepared.parts["test"].x_cat == UNSEEN).sum(0).tolist()
    for name, count in zip(prepared.features.input.categorical, counts, strict=True):
        if count:
            yield Finding("warning", f"{count} test rows have a value of {name!r} that the training has not met")
