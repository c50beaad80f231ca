"""A comparison in words: tables, for the terminal and for a page, and a sentence for each pair."""

from dataclasses import dataclass

from src.aligned import aligned
from src.comparison.comparison import Comparison, Pair
from src.comparison.paired import Interval, Signs
from src.comparison.side import Side


@dataclass(frozen=True)
class Table:
    """`rows`: the first one names the columns."""

    title: str
    rows: list[list[str]]


def as_text(comparison: Comparison) -> str:
    """The tables, then the notes, then the sentences."""
    texts = [f"{table.title}\n{aligned(table.rows)}" for table in tables(comparison)]
    return "\n\n".join([*texts, *(["\n".join(found)] if (found := notes(comparison)) else []), conclusion(comparison)])


def tables(comparison: Comparison) -> list[Table]:
    """Those that have something to say."""
    found = [_runs(comparison), _keys(comparison), _metrics(comparison), _spreads(comparison), _signs(comparison)]
    return [table for table in found if len(table.rows) > 1]


def conclusion(comparison: Comparison) -> str:
    """A line for each pair."""
    return "\n".join(_sentence(comparison, pair) for pair in comparison.pairs)


def notes(comparison: Comparison) -> list[str]:
    """What the numbers do not say."""
    seeds = "" if comparison.repeated else "; runs with other seeds would show that"
    found = [f"note: the intervals are about the choice of the test rows, not about that of the seed{seeds}"]
    if comparison.folds:
        found.append("note: metrics are means over the folds; that folds share train rows the intervals do not know")
    if len(comparison.pairs) > 1:
        found.append(f"note: {len(comparison.pairs)} pairs; each interval stands for itself, none is widened for that")
    for name in comparison.names:
        undefined = max(pair.differences[name].undefined for pair in comparison.pairs)
        if undefined:
            found.append(f"note: {name} is undefined on {undefined} of the resamples, which its interval leaves out")
    return found


def _runs(comparison: Comparison) -> Table:
    rows = [[side.letter, _number(side), side.folders] for side in comparison.sides]
    return Table("Compared", [["", "runs", "folder"], *rows])


def _number(side: Side) -> str:
    """`3`, or `1 of 5 folds`"""
    folds = len(side.runs[0].parts)
    return f"{len(side.runs)}{f' of {folds} folds' if folds > 1 else ''}"


def _rows(comparison: Comparison) -> str:
    return f"{comparison.rows} {'out-of-fold' if comparison.folds else 'test'} rows"


def _keys(comparison: Comparison) -> Table:
    letters = [side.letter for side in comparison.sides]
    rows = [[key, *values] for key, values in comparison.differing().items()]
    return Table("Configuration, where it differs", [["key", *letters], *rows])


def _metrics(comparison: Comparison) -> Table:
    letters = [side.letter for side in comparison.sides]
    measured = [side.metrics(comparison.names) for side in comparison.sides]
    differences = [f"{pair.other.letter} - {pair.first.letter}" for pair in comparison.pairs]
    rows = [
        [name, *(f"{each[name]:.4g}" for each in measured)]
        + [_shown(pair.differences[name]) for pair in comparison.pairs]
        for name in comparison.names
    ]
    title = (
        f"{_rows(comparison)}; in brackets the 95 % interval of the paired percentile bootstrap "
        f"({comparison.resamples} resamples; Efron & Tibshirani 1993)"
    )
    return Table(title, [["metric", *letters, *differences], *rows])


def _spreads(comparison: Comparison) -> Table:
    names, sides = comparison.names, comparison.repeated
    means, deviations = [side.metrics(names) for side in sides], [side.spread(names) for side in sides]
    rows = [
        [name, *(f"{mean[name]:.4g} ± {std[name]:.2g}" for mean, std in zip(means, deviations, strict=True))]
        for name in names
    ]
    heads = [f"{side.letter} ({len(side.runs)} runs)" for side in sides]
    return Table("Mean and standard deviation over the seeds", [["metric", *heads], *rows] if sides else [])


def _signs(comparison: Comparison) -> Table:
    rows = [[f"{pair.other.letter} against {pair.first.letter}", *_counted(pair.signs)] for pair in comparison.pairs]
    heads = ["", "rows better", "rows worse", "equal", "p-value"]
    return Table(f"Row by row: {_scored(comparison)}", [heads, *rows])


def _counted(signs: Signs) -> list[str]:
    return [str(signs.better), str(signs.worse), str(signs.equal), f"{signs.p:.3g}"]


def _scored(comparison: Comparison) -> str:
    """What the rows are compared by."""
    output = comparison.sides[0].runs[0].output
    single = all(len(side.runs) == 1 and side.runs[0].is_single for side in comparison.sides)
    if output.task.has_classes:
        return "right or wrong (McNemar's exact test)" if single else "how many runs are right (sign test)"
    return "share of right labels (sign test)" if output.answers else "absolute error (sign test)"


def _sentence(comparison: Comparison, pair: Pair) -> str:
    name, first, other = comparison.monitor.name, pair.first.letter, pair.other.letter
    found = pair.differences[name]
    gain = found if comparison.monitor.higher_is_better else found.reversed()
    if gain.low > 0:
        return f"{other} is better than {first} by {name} {_shown(gain)}"
    if gain.high < 0:
        return f"{first} is better than {other} by {name} {_shown(gain.reversed())}"
    return f"no difference shown between {first} and {other}: {name} {_shown(found)}, {_rows(comparison)}"


def _shown(interval: Interval) -> str:
    """`0.031 (0.012 to 0.05)`"""
    return f"{interval.value:.3g} ({interval.low:.3g} to {interval.high:.3g})"
