"""Answers that are numbers."""

from html import escape

import torch
from torch import Tensor

from src.charts.chart import Chart
from src.charts.page import figure, grid, paragraph
from src.charts.scale import Scale, shown
from src.data.names import shortened
from src.report.answered import Answered
from src.report.coverage import Covered, coverage
from src.report.curves import histogram
from src.report.intervals import of_mean, of_share
from src.report.resampled import of_target
from src.report.sections.section import Section, bracketed, percent
from src.report.subject import Subject

_MOST_TARGETS = 4
_MOST_POINTS = 600
_BINS = 40
_FEW = 200  # rows, all of which are shown
_GROUPS = 10


def answers(subject: Subject) -> Section:
    """Of the first targets, if there are many."""
    targets = subject.tested.output.targets
    content = []
    for number, name in enumerate(targets[:_MOST_TARGETS]):
        head = f"<h3>{escape(shortened(name))}</h3>" if len(targets) > 1 else ""
        content.append(head + grid(*_of_one(subject, of_target(subject.tested, number), name)))
    if len(targets) > _MOST_TARGETS:
        more = len(targets) - _MOST_TARGETS
        content.append(paragraph(f"and {more} more targets, whose metrics stand above", "quiet"))
    return Section("answers", "Numbers", "".join(content))


def _of_one(subject: Subject, tested: Answered, name: str) -> list[str]:
    name = shortened(name, 30)
    cards = [_scatter(tested, name), _residuals(tested), *_by_truth(tested, name, subject.settings.level)]
    covered = coverage(tested)
    return [*cards, _coverage(covered, subject.settings.level)] if covered else cards


def _scatter(tested: Answered, name: str) -> str:
    drawn = tested.sample(_MOST_POINTS)
    y, point = drawn.y.tolist(), drawn.prediction.point.tolist()
    ends = _inner(tested.y), _inner(tested.prediction.point)
    scale = Scale.of([end for each in ends for end in each])
    chart = Chart(scale, scale, f"predicted {name}", f"true {name}", f"True against predicted {name}")
    chart.diagonal(scale.low, scale.high)
    told = [f"row {row}: true {shown(a)}, predicted {shown(b)}" for row, a, b in _triples(drawn, y, point)]
    chart.points(point, y, told=told)
    thinned = f"{_MOST_POINTS} of {len(tested):,} rows, drawn by chance; " if len(drawn) < len(tested) else ""
    return figure(chart.svg(), "True against predicted", f"{thinned}on the dashed line they are the same.")


def _triples(drawn: Answered, y: list[float], point: list[float]) -> list[tuple[int, float, float]]:
    return list(zip(drawn.part.row.tolist(), y, point, strict=True))


def _residuals(tested: Answered) -> str:
    residual = tested.y - tested.prediction.point
    low, high = _inner(residual)
    edges = torch.linspace(low, high if high > low else low + 1, _BINS + 1, dtype=torch.float64)
    counts = histogram(residual, tested.weight, edges)
    x, y = Scale.between(edges[0].item(), edges[-1].item()), Scale.of(counts.tolist(), [0.0], margin=0.0)
    unit = "weight of the rows" if tested.weighted else "test rows"
    chart = Chart(x, y, "true - predicted", unit, "Histogram of the residuals")
    chart.bars(edges.tolist(), counts.tolist(), unit=unit)
    chart.upright(0.0)
    share = tested.weight / tested.weight.sum()
    beyond = "; what lies beyond the axis (1 % of the rows) counts at its ends" if len(tested) > _FEW else ""
    caption = f"mean {shown((share @ residual).item())}{beyond}"
    return figure(chart.svg(), "Residuals", caption)


def _inner(values: Tensor) -> tuple[float, float]:
    """Between which 99 % lie: a few far ones would leave no room for the others."""
    ends = torch.tensor([0.005, 0.995], dtype=torch.float64)
    low, high = torch.quantile(values.double()[: 1 << 22], ends).tolist() if len(values) > _FEW else _ends(values)
    return low, high


def _ends(values: Tensor) -> tuple[float, float]:
    return values.min().item(), values.max().item()


def _by_truth(tested: Answered, name: str, level: float) -> list[str]:
    """Mean error and mean absolute error by tenths of the truth; nothing if it has too few values."""
    order = tested.y.argsort(stable=True)
    order = order[tested.weight[order] > 0]
    tenths = [rows for rows in order.tensor_split(_GROUPS) if len(rows) > 1]
    if len(tenths) < _GROUPS:
        return []
    error = tested.prediction.point - tested.y
    middle = [tested.y[rows].median().item() for rows in tenths]
    kinds = {"mean error (bias)": error, "mean absolute error": error.abs()}
    groups = [[of_mean(values[rows], tested.weight[rows], level) for rows in tenths] for values in kinds.values()]
    reach = [end for group in groups for each in group for end in (each.low, each.high)]
    chart = Chart(Scale.of(middle), Scale.of(reach, [0.0]), f"true {name}", "error", "Error by truth", [*kinds])
    chart.level(0.0)
    for number, group in enumerate(groups):
        chart.band(middle, [each.low for each in group], [each.high for each in group], number)
        chart.line(middle, [each.value for each in group], number, [*kinds][number])
    caption = f"predicted - true by tenths of the rows, with {percent(level)} intervals; each stands at its median"
    return [figure(chart.svg(), "Error by truth", caption)]


def _coverage(covered: list[Covered], level: float) -> str:
    """How often the truth lies where it is said to."""
    shares = [of_share(each.share * each.rows, each.rows, level) for each in covered]
    x = Scale.between(0.0, 1.0)
    chart = Chart(x, x, "nominal share", "share of test rows", "How often the truth lies where it is said to")
    chart.diagonal(0, 1)
    places = [each.nominal for each in covered]
    chart.reaches(places, [each.low for each in shares], [each.high for each in shares])
    told = [f"{each.name}: {bracketed(share)}" for each, share in zip(covered, shares, strict=True)]
    chart.points(places, [each.value for each in shares], told=told, radius=4.5)
    widths = [f", {shown(each.width)} wide" if each.width else "" for each in covered]
    lines = [f"{each.name}: {each.share:.1%}{width}" for each, width in zip(covered, widths, strict=True)]
    return figure(chart.svg(), "Coverage", "; ".join(lines))
