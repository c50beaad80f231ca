"""How good the answers are, and how sure that is."""

from html import escape

from src.charts.page import paragraph, table
from src.charts.scale import shown
from src.report.intervals import MOST_ROWS, number_of_resamples
from src.report.sections.section import Section, bracketed, percent
from src.report.subject import Subject

_HEADLINES = 4


def headlines(subject: Subject) -> str:
    """The first metrics as large numbers."""
    names = list(dict.fromkeys([subject.deciding.name, *subject.intervals]))
    cards = [
        f"<div><b>{shown(subject.intervals[name].value)}</b>{escape(name)}<span>{bracketed(subject.intervals[name])}</span></div>"
        for name in names[:_HEADLINES]
        if name in subject.intervals
    ]
    return f'<div class="numbers">{"".join(cards)}</div>'


def metrics(subject: Subject) -> Section:
    settings, tested = subject.settings, subject.tested
    level = percent(settings.level)
    rows = []
    for name, value in subject.measured["test"].items():
        interval = subject.intervals.get(name)
        validation = subject.measured["validation"].get(name)
        rows.append(
            [
                name,
                shown(value),
                bracketed(interval) if interval else "",
                "-" if validation is None else shown(validation),
            ]
        )
    counted = {part: f"{count:,} rows" for part, count in subject.prepared.facts["rows"].items()}
    heads = ["metric", f"test ({counted['test']})", f"{level} interval", f"validation ({counted['validation']})"]
    number = number_of_resamples(tested, settings.resamples)
    bag = f", of {MOST_ROWS:,} rows drawn by chance (bag of little bootstraps)" if len(tested) > MOST_ROWS else ""
    weighted = "; each row counts as its weight says" if tested.weighted else ""
    note = (
        f"Intervals: percentiles of {number:,} resamples of the test rows{bag}{weighted}. They tell of the choice of "
        "the test rows, not of the seed. The validation rows chose the epoch, so their numbers are a little too good."
    )
    undefined = [f"{name} on {each.undefined}" for name, each in subject.intervals.items() if each.undefined]
    notes = paragraph(f"Undefined: {', '.join(undefined)} of the resamples, which are left out.", "quiet")
    content = table([heads, *rows], numbers=[1, 2, 3]) + paragraph(note, "quiet") + (notes if undefined else "")
    return Section("metrics", "How good it is", content)
