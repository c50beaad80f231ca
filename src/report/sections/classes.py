"""Answers that are classes or labels."""

from collections.abc import Sequence

import torch

from src.charts.chart import Chart
from src.charts.heat_map import heat_map
from src.charts.page import figure, grid, paragraph, table
from src.charts.scale import UNIT, Scale, shown
from src.charts.svg import short
from src.data.names import shortened
from src.metrics.agreement import table as counted
from src.metrics.evaluate import evaluate
from src.report.answered import Answered, Asked
from src.report.curves import Ranked, calibration, confidence, drawn_points, histogram, ranked
from src.report.intervals import effective, of_share
from src.report.sections.section import Section, bracketed, percent
from src.report.subject import MOST_DRAWN, Subject
from src.task import Task

_MOST_CURVES = 8
_MOST_CLASSES = 20
_MOST_ROWS = 50  # of the table
_EDGES = torch.linspace(0, 1, 21, dtype=torch.float64)


def answers(subject: Subject) -> Section:
    tested = subject.tested
    cards = [*([_confusion(tested)] if tested.output.task.has_classes else []), *_curves(subject.drawn)]
    cards += [_calibration(subject.drawn, subject.settings.level), *_scores(subject.drawn)]
    drawn = f"ROC AUC and the curves are of {MOST_DRAWN:,} test rows, drawn by chance."
    note = paragraph(drawn, "quiet") if len(subject.drawn) < len(tested) else ""
    title = "Classes" if tested.output.task.has_classes else "Labels"
    return Section("answers", title, _by_class(subject) + note + grid(*cards))


def _by_class(subject: Subject) -> str:
    """Precision and recall with intervals, of each class or label; the most frequent ones, if there are many."""
    tested, level = subject.tested, subject.settings.level
    weight, point = tested.weight, tested.prediction.point
    everything, drawn = (list(rows.asked(both=True)) for rows in (tested, subject.drawn))
    heads = ["class" if tested.output.task.has_classes else "label", "test rows", "predicted"]
    interval = f"{percent(level)} interval"
    heads += ["precision", interval, "recall", interval, "ROC AUC"]
    rows = []
    for number in _frequent(everything, _MOST_ROWS):
        name, _, true = everything[number]
        chosen = point == number if tested.output.task.has_classes else point[:, number] == 1
        precision, recall = (_share(true & chosen, of, weight, level) for of in (chosen, true))
        area = _area(drawn[number], subject.drawn.weight)
        rows.append([shortened(name), f"{true.sum():,}", f"{chosen.sum():,}", *precision, *recall, area])
    left = f"the {_MOST_ROWS} most frequent of {len(everything)}" if len(everything) > _MOST_ROWS else ""
    return table([heads, *rows], left, numbers=range(1, 8))


def _frequent(asked: Sequence[Asked], most: int) -> list[int]:
    """The places of the `most` frequent ones, in their order."""
    by_rows = sorted(range(len(asked)), key=lambda number: -int(asked[number].true.sum()))
    return sorted(by_rows[:most])


def _share(hits: torch.Tensor, of: torch.Tensor, weight: torch.Tensor, level: float) -> list[str]:
    """The share and its interval."""
    if not weight[of].sum() > 0:
        return ["-", ""]
    rows = effective(weight[of])
    interval = of_share((weight[hits].sum() / weight[of].sum()).item() * rows, rows, level)
    return [shown(interval.value), bracketed(interval)]


def _area(asked: Asked, weight: torch.Tensor) -> str:
    curve = ranked(asked.score, asked.true, weight)
    if curve is None:
        return "-"
    x, y = (torch.cat([torch.zeros(1), each]) for each in (curve.false_positive_rate, curve.recall))
    return shown(torch.trapezoid(y, x).item())


def _confusion(tested: Answered) -> str:
    names = list(tested.output.classes)
    counts = counted(tested.prediction.point, tested.y, len(names), tested.weight)
    kept = sorted(counts.sum(1).argsort(descending=True, stable=True)[:_MOST_CLASSES].tolist())
    caption = "Colour: share of the row."
    if len(kept) < len(names):
        caption = f"The {len(kept)} most frequent of {len(names)} classes. {caption}"
        names, counts = [names[place] for place in kept], counts[kept][:, kept]
    accuracy = evaluate(tested.prediction, tested.y, tested.output, tested.weight, ["accuracy"])["accuracy"]
    unit = "weights of test rows" if tested.weighted else "test rows"
    label = f"Confusion matrix of {unit}, accuracy {accuracy:.3g}"
    picture = heat_map(counts.tolist(), names, "true", "predicted", label)
    return figure(picture, f"Confusion matrix ({unit})", caption)


def drawn_curves(tested: Answered) -> list[tuple[str, Ranked]]:
    """Of the most frequent classes or labels of which there are rows, and others."""
    asked = list(tested.asked())
    chosen = [asked[number] for number in _frequent(asked, _MOST_CURVES)]
    curves = [(each.name, ranked(each.score, each.true, tested.weight)) for each in chosen]
    return [(name, curve) for name, curve in curves if curve is not None]


def _curves(tested: Answered) -> list[str]:
    """ROC and precision over recall."""
    curves = drawn_curves(tested)
    if not curves:
        return []
    names = [name for name, _ in curves]
    roc = Chart(UNIT, UNIT, "false positive rate", "true positive rate", "ROC curves", names)
    precision = Chart(UNIT, UNIT, "recall", "precision", "Curves of precision over recall", names)
    roc.diagonal(0, 1)
    for number, (name, curve) in enumerate(curves):
        at = drawn_points(curve)
        recall = curve.recall[at].tolist()
        roc.line([0.0, *curve.false_positive_rate[at].tolist()], [0.0, *recall], number, name)
        precision.line(recall, curve.precision[at].tolist(), number, name)
    against = f"{curves[0][0]} against the other" if tested.output.task is Task.BINARY else "each against the rest"
    return [figure(roc.svg(), "ROC", against), figure(precision.svg(), "Precision and recall", against)]


def _calibration(tested: Answered, level: float) -> str:
    found = calibration(*confidence(tested))
    what = {
        Task.BINARY: f"probability of {shortened(tested.output.answers[-1], 20)}",
        Task.MULTICLASS: "probability of the predicted class",
    }.get(tested.output.task, "probability of a label")
    chart = Chart(UNIT, UNIT, what, "share of rows of which it is true", "Calibration", height=300)
    chart.diagonal(0, 1)
    shares = [
        of_share(share * rows, rows, level)
        for share, rows in zip(found.observed.tolist(), found.effective.tolist(), strict=True)
    ]
    x = found.predicted.tolist()
    chart.strip(x, (found.rows / found.rows.max()).tolist())
    chart.reaches(x, [each.low for each in shares], [each.high for each in shares])
    told = [
        f"{shown(rows)} rows: predicted {predicted:.3f}, true {share.value:.3f} ({bracketed(share)})"
        for predicted, rows, share in zip(x, found.rows.tolist(), shares, strict=True)
    ]
    chart.points(x, found.observed.tolist(), told=told, radius=4.5)
    caption = f"Expected calibration error {found.error:.3f} over 10 bins; grey: how many rows there are in each."
    return figure(chart.svg(), "Calibration", caption)


def _scores(tested: Answered) -> list[str]:
    """How probabilities are distributed where they should be high, and where not."""
    output = tested.output
    if output.task is Task.BINARY:
        [asked] = tested.asked()
        groups = {output.classes[0]: ~asked.true, output.classes[1]: asked.true}
        return [_histogram(tested, asked.score, groups, f"probability of {shortened(asked.name, 20)}", "by true class")]
    if output.task is Task.MULTICLASS:
        probability, right, _ = confidence(tested)
        groups, name = {"right": right, "wrong": ~right}, "probability of the predicted class"
        return [_histogram(tested, probability, groups, name, "right and wrong answers")]
    labels = list(tested.asked())
    chosen = [labels[number] for number in _frequent(labels, 2)]
    return [
        _histogram(tested, each.score, {"with it": each.true, "without": ~each.true}, "probability", each.name)
        for each in chosen
    ]


def _histogram(tested: Answered, score: torch.Tensor, groups: dict[str, torch.Tensor], x_name: str, title: str) -> str:
    """Of each group the share of its rows, so that a rare one can be seen as well."""
    found = [histogram(score[rows], tested.weight[rows], _EDGES) for rows in groups.values()]
    shares = [each / each.sum() if each.sum() > 0 else each for each in found]
    top = Scale.of([each.max().item() for each in shares], [0.0], margin=0.0)
    names = [f"{short(name, 14)} ({rows.sum():,})" for name, rows in groups.items()]
    chart = Chart(UNIT, top, x_name, "share of the group", f"Histogram of the {x_name}, {title}", names)
    for number, each in enumerate(shares):
        chart.bars(_EDGES.tolist(), each.tolist(), number, "of the group")
    return figure(chart.svg(), f"Scores: {shortened(title, 30)}", "Each group adds up to 1.")
