"""Where the model is better and worse, and what it looks at."""

from collections.abc import Sequence

from src.charts.chart import Chart
from src.charts.listed import Entry, listed
from src.charts.page import details, figure, grid, paragraph, table
from src.charts.scale import UNIT, Scale, shown
from src.data.names import shortened
from src.report.dependence import Dependence
from src.report.importance import MOST_COLUMNS
from src.report.sections.section import Section, bracketed, percent
from src.report.slices import LEAST_ROWS, MOST_ROWS, Slice
from src.report.subject import Subject

_SLICES, _MORE_SLICES, _BARS, _TICKS = 12, 200, 20, 6


def slices(subject: Subject) -> Section:
    tested, found, level = subject.tested, subject.slices, percent(subject.settings.level)
    if not found:
        few = f"No column divides the test rows into groups of {LEAST_ROWS} or more."
        return Section("slices", "Where it is better and worse", paragraph(few))
    entries = [
        Entry(_name(each), each.score.value, each.score.low, each.score.high, f"{each.rows:,}", _told(each))
        for each in found[:_SLICES]
    ]
    share = tested.weight / tested.weight.sum()
    mean = (share @ tested.score()).item()
    name = tested.score_name
    picture = listed(entries, f"{name}; at the right: test rows", f"{name} of groups of test rows", mark=mean)
    sampled = f" Of {MOST_ROWS:,} test rows, drawn by chance." if len(tested) > MOST_ROWS else ""
    caption = (
        f"{min(len(found), _SLICES)} of {len(found)} groups, those that differ most from the rest first; dashed: all "
        f"rows, {shown(mean)}. Bars: {level} intervals of each group for itself. Of many groups some differ by chance."
        f"{sampled}"
    )
    heads = ["column", "values", "test rows", name, level, "apart"]
    rows = [_cells(each) for each in found[:_MORE_SLICES]]
    note = "apart: from the other rows, in standard errors; beyond 3 it is hardly chance"
    more = details(f"all {len(rows)} groups", table([heads, *rows], note, numbers=[2, 3, 4, 5]))
    return Section("slices", "Where it is better and worse", figure(picture, name, caption, "wide") + more)


def _cells(each: Slice) -> list[str]:
    score = each.score
    return [each.column, each.values, f"{each.rows:,}", shown(score.value), bracketed(score), f"{each.apart:+.1f}"]


def _name(each: Slice) -> str:
    return f"{each.column}: {each.values}"


def _told(each: Slice) -> str:
    return f"{each.column}: {each.values}, {each.rows:,} rows: {shown(each.score.value)} ({bracketed(each.score)})"


def importance(subject: Subject) -> Section:
    found, name = subject.importances, subject.deciding.name
    entries = [Entry(each.column.name, each.mean, min(each.drops), max(each.drops)) for each in found[:_BARS]]
    worse = "drop of" if subject.deciding.higher_is_better else "rise of"
    x_name = f"{worse} {name} when the column is permuted"
    picture = listed(entries, x_name, f"Permutation importance: {x_name}", mark=0.0)
    rows = len(subject.asked)
    counted = f"{rows:,} test rows, drawn by chance" if rows < len(subject.tested) else "the test rows"
    shown_of = f"The {len(entries)} most important of {len(found)} columns. " if len(entries) < len(found) else ""
    left = len(subject.columns) - len(found)
    rest = f" Columns beyond the first {MOST_COLUMNS} were not asked about ({left})." if left else ""
    caption = (
        f"{shown_of}Dot: mean of {subject.settings.repeats} permutations of {counted}; bar: the smallest and the "
        f"largest. Columns that say the same stand in for one another, and each looks unimportant.{rest}"
    )
    return Section("importance", "What it looks at", figure(picture, "Permutation importance", caption, "wide"))


def dependence(subject: Subject) -> Section:
    title, found = "How its answers depend on columns", subject.dependences
    if not found:
        return Section("dependence", title, paragraph("No column has two values."))
    what = "probability" if subject.tested.output.answers else "value"
    reach = " (line), and where the middle four fifths of the rows lie (band)" if len(found[0].names) == 1 else ""
    note = (
        f"The mean predicted {what} if the column had this value in all rows{reach}. The grey bars show how many rows "
        "have such values: where there are few, the model is guessing."
    )
    cards = [_dependence(subject, each) for each in found]
    return Section("dependence", title, paragraph(note, "quiet") + grid(*cards))


def _dependence(subject: Subject, found: Dependence) -> str:
    column, several = found.column, len(found.names) > 1
    names = found.names
    reach = [*found.low.flatten().tolist(), *found.high.flatten().tolist()]
    likely = subject.tested.output.answers and max(reach) > 0.5
    y = UNIT if likely else Scale.of(reach, [0.0] if subject.tested.output.answers else [])
    places = list(found.values) if column.continuous else [float(number) for number in range(len(found.values))]
    x = _axis(found, places)
    what = "probability" if subject.tested.output.answers else "predicted"
    y_name = what if several else f"{what} of {names[0]}" if what == "probability" else f"predicted {names[0]}"
    label = f"Partial dependence on {column.name}"
    chart = Chart(x, y, shortened(column.name, 40), y_name, label, names, height=310)
    _draw(chart, found, places)
    most = max(found.rows.max().item(), 1.0)
    chart.strip(places, (found.rows / most).tolist())
    _name_ticks(chart, found, places)
    return figure(chart.svg(), shortened(column.name, 40))


def _axis(found: Dependence, places: Sequence[float]) -> Scale:
    if found.column.encoder.kind == "numeric":
        return Scale.of(places)
    ends = Scale.of(places) if found.column.continuous else Scale.between(-0.5, len(places) - 0.5)
    return Scale(ends.low, ends.high, ())


def _draw(chart: Chart, found: Dependence, places: Sequence[float]) -> None:
    for number, name in enumerate(found.names):
        mean, low, high = (each[:, number].tolist() for each in (found.mean, found.low, found.high))
        if found.column.continuous:
            if len(found.names) == 1:  # several would hide one another
                chart.band(places, low, high)
            chart.line(places, mean, number, name)
        else:
            shift = (number - (len(found.names) - 1) / 2) * 0.12
            moved = [place + shift for place in places]
            chart.reaches(moved, low, high, number)
            told = [f"{found.column.shown(v)}: {name} {shown(m)}" for v, m in zip(found.values, mean, strict=True)]
            chart.points(moved, mean, number, told, radius=4.5)


def _name_ticks(chart: Chart, found: Dependence, places: Sequence[float]) -> None:
    """Names and dates below the axis."""
    if found.column.encoder.kind == "numeric":
        return
    every = -(-len(places) // _TICKS)
    for value, place in list(zip(found.values, places, strict=True))[::every]:
        chart.named_tick(place, shortened(found.column.shown(value), 10))
