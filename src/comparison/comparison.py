"""Finished runs, or cross-validations, how their metrics on the same test rows differ, and whether that is more than
chance."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from src.comparison.answers import Answers, answers_of, together
from src.comparison.differing import differing
from src.comparison.finished import finished, folds_of, over_folds, runs_of
from src.comparison.paired import Interval, Signs, bootstrap, sign_test
from src.comparison.side import Side, sides_of
from src.config.metric import METRICS
from src.errors import ConfigError, DataError
from src.monitor import Monitor


@dataclass(frozen=True)
class Pair:
    """`differences`: other minus first, by metric."""

    first: Side
    other: Side
    differences: dict[str, Interval]
    signs: Signs


@dataclass(frozen=True)
class Comparison:
    """`pairs`: each side but the first with the first; `repeated`: those whose spread over seeds can be told."""

    sides: list[Side]
    repeated: list[Side]
    pairs: list[Pair]
    monitor: Monitor
    """The metric that decides: that of all runs where they agree and have measured it, else the score of the task."""
    names: list[str]
    """Metrics that all runs have, of several targets the means; that which decides is among them in any case."""
    resamples: int

    @property
    def rows(self) -> int:
        """Test rows."""
        return len(self.sides[0].runs[0].row)

    @property
    def folds(self) -> int:
        """How many there are if cross-validations are compared, else 0."""
        parts = len(self.sides[0].runs[0].parts)
        return parts if parts > 1 else 0

    def differing(self) -> dict[str, list[str]]:
        """Key of the configuration → its value on each side, all of them where it is the seed of several runs."""
        found = differing([side.runs[0].run.config for side in self.sides])
        seeds = [side.seeds for side in self.sides]
        return {**found, "seed": seeds} if len({*seeds}) > 1 else found


def compare(folders: Sequence[Path], resamples: int) -> Comparison:
    """`folders`: of runs, of cross-validations, or of grids, which stand for their runs.

    Raises ConfigError for what is no finished run and if there are not two, DataError for runs that were not tested on
    the same rows, MachineError for a folder that is not whole.
    """
    runs = _expanded(folders)
    for other in runs[1:]:
        _check_same_rows(runs[0], other)
    sides, repeated = sides_of(runs)
    common = _common(runs)
    monitor = _monitor(runs, common)
    names = common if monitor.name in common else [monitor.name, *common]
    measures = [partial(side.metrics, names) for side in sides]
    rows = len(runs[0].row)
    pairs = [
        Pair(sides[0], side, differences, sign_test(sides[0].score(), side.score()))
        for side, differences in zip(sides[1:], bootstrap(measures, rows, resamples), strict=True)
    ]
    return Comparison(sides, repeated, pairs, monitor, names, resamples)


def _expanded(folders: Sequence[Path]) -> list[Answers]:
    """Raises ConfigError with every mistake."""
    found, mistakes = dict[Path, Callable[[], Answers]](), list[str]()
    for folder in folders:
        try:
            for run in [folder] if folds_of(folder) else runs_of(folder):
                if run.resolve() in found:
                    mistakes.append(f"{run} is given twice")
                found[run.resolve()] = _answers(run)
        except ConfigError as error:
            mistakes += error.mistakes
    if not mistakes and len(found) < 2:
        mistakes.append("required: two finished runs at least, or a grid of several; python -m src.compare A B")
    if mistakes:
        raise ConfigError(*mistakes)
    return [read() for read in found.values()]


def _answers(folder: Path) -> Callable[[], Answers]:
    """Reads them, of a run or of a cross-validation, which has come to its end, or ConfigError is raised at once."""
    if folds := folds_of(folder):
        whole = over_folds(folder, folds)
        return lambda: together(whole, [answers_of(finished(fold)) for fold in folds])
    return partial(answers_of, finished(folder))


def _check_same_rows(first: Answers, other: Answers) -> None:
    one, two = first.run.folder, other.run.folder
    if (first.output.targets, first.output.task) != (other.output.targets, other.output.task):
        raise DataError(
            f"Not comparable: {one} predicts {first.output.name} ({first.output.task.value}), {two} "
            f"{other.output.name} ({other.output.task.value}); required: the same target."
        )
    if not first.row.equal(other.row):
        common = len({*first.row.tolist()} & {*other.row.tolist()})
        raise DataError(
            f"Not comparable: {one} was tested on {len(first.row)} rows, {two} on {len(other.row)}, {common} of them "
            f"the same; required: the same test rows. Train with the same dataset.split, where and limit_rows."
        )
    if {*first.output.classes} != {*other.output.classes} or not first.truth.equals(other.truth):
        raise DataError(
            f"Not comparable: the test rows of {one} and {two} have the same numbers, but not the same truth; "
            f"required: the same data. Train both on the table as it is now."
        )
    if not first.weight.equal(other.weight):
        raise DataError(
            f"Not comparable: the test rows of {one} and {two} do not count the same; required: the same "
            f"dataset.weight."
        )


def _monitor(runs: Sequence[Answers], common: Sequence[str]) -> Monitor:
    first, *others = {each.run.monitor for each in runs}
    return first if not others and first.name in common else Monitor.of(runs[0].output.task.score)


def _common(runs: Sequence[Answers]) -> list[str]:
    """Metrics of all runs; pinball only where it is that of the same quantiles."""
    names = [name for name in METRICS if all(name in each.run.metrics["test"] for each in runs)]
    levels = {each.output.levels for each in runs}
    return [name for name in names if name != "pinball" or len(levels) == 1]
