"""Which columns pushed the network to its worst answers, a card of bars for each row."""

from collections.abc import Sequence

from src.charts.diverging import LONGEST, Bar, diverging
from src.charts.page import figure, grid, paragraph
from src.charts.scale import shown
from src.charts.svg import short
from src.data.names import shortened
from src.errors import ConfigError
from src.report.explained import Explained, Share
from src.report.subject import Subject
from src.spec import OutputSpec
from src.task import Task

_MOST = 5  # columns that are told one by one
_LONGEST = 20  # characters of a name or a cell


def explanations(subject: Subject) -> str:
    """HTML; nothing if no row is wrong."""
    try:
        found = subject.explained
    except ConfigError as error:
        return paragraph(str(error), "warning")
    if not found:
        return ""
    output = subject.tested.output
    cards = [_card(each, _ends(each, found, output), output) for each in found]
    return paragraph(_note(output), "quiet") + grid(*cards, kind="narrow")


def _note(output: OutputSpec) -> str:
    several = "the value, in its unit, of the target that is farthest off in standard deviations"
    what = {
        Task.MULTILABEL: "the probability of the label that is most wrong",
        Task.REGRESSION: several if len(output.targets) > 1 else "the predicted value, in its unit",
    }.get(output.task, "the probability of the predicted class")
    return (
        f"Which columns pushed the network there: what each adds to {what}, beginning with a row of which nothing is "
        "known, whose cells are all missing (integrated gradients). Blue: it raises it, orange: it lowers it; one can "
        "add more than all of them together, where others take it back."
    )


def _ends(each: Explained, found: Sequence[Explained], output: OutputSpec) -> tuple[float, float]:
    """Of all numbers that can be compared: probabilities, or values of one target."""
    alike = [one for one in found if output.answers or one.answer == each.answer]
    values = [bar.value for one in alike for bar in _bars(one)]
    return min(values, default=0.0), max(values, default=0.0)


def _bars(each: Explained) -> list[Bar]:
    """The strongest columns, and all others together, if there are more than one."""
    most = len(each.shares) if len(each.shares) == _MOST + 1 else _MOST
    bars = [Bar(_told(share), share.value) for share in each.shares[:most]]
    if others := each.shares[most:]:
        bars.append(Bar(f"{len(others)} other columns", sum(share.value for share in others), rest=True))
    return bars


def _told(share: Share) -> str:
    cell = shortened(share.cell, _LONGEST)
    return f"{short(share.column, LONGEST - len(cell) - 2)}: {cell}"


def _card(each: Explained, ends: tuple[float, float], output: OutputSpec) -> str:
    name, said, truth = (shortened(text, _LONGEST) for text in (each.answer, each.said, each.truth))
    of = "" if output.answers or len(output.targets) == 1 else f", {name}"
    verdict = "rightly" if output.answers and each.said == each.truth else f"truth {truth}"
    what = f"probability of {name}" if output.answers else name
    caption = f"{what}: {shown(each.before)} where nothing is known, {shown(each.after)} here"
    if not each.complete:
        of_all = shown(each.after - each.before)
        caption += f". Incomplete: {shown(each.gap)} of {of_all} is shared out to no column"
    bars, label = _bars(each), f"What each column adds in row {each.row}"
    picture = diverging(bars, ends, label) if bars else paragraph("No column adds anything.")
    return figure(picture, f"Row {each.row}{of}: predicted {said}, {verdict}", caption)
