"""All that a report tells of: the run, the data, the finished model, and what is found out about its answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from src.atomic import read_json
from src.comparison.paired import Interval
from src.config.evaluation import Evaluation
from src.config.metric import METRICS
from src.data.prepared import Prepared
from src.inference import Predictor
from src.monitor import Monitor
from src.parity import Parity
from src.report import intervals
from src.report.answered import Answered
from src.report.dependence import Dependence, dependence, grid
from src.report.explained import Explained, explained
from src.report.importance import MOST_COLUMNS, Importance, importances, sample_for
from src.report.inputs import Column, columns_of
from src.report.slices import Slice, slices
from src.report.worst import Worst

_STRONGEST = 3  # columns whose dependence is shown
_MOST_CURVES = 400  # rows, each of which is asked for every value of a column
_VALUES = 20
_MOST_LOOKED_AT = 10_000  # rows, for the values of a column
MOST_DRAWN = 100_000


@dataclass(frozen=True)
class Subject:
    """`measured`: metrics of the test and validation rows by name."""

    folder: Path
    prepared: Prepared
    predictor: Predictor
    history: Sequence[Mapping[str, float]]
    tested: Answered
    measured: Mapping[str, Mapping[str, float]]
    settings: Evaluation

    @cached_property
    def record(self) -> dict[str, Any]:
        """run.json"""
        return read_json(self.folder / "run.json")

    @property
    def config(self) -> dict[str, Any]:
        """That the model was trained with."""
        config: dict[str, Any] = self.predictor.bundle.facts["config"]
        return config

    @cached_property
    def proved(self) -> Parity | None:
        """Whether the bundle answers alike, whichever way rows come."""
        return Parity.of(self.folder / "bundle")

    @property
    def deciding(self) -> Monitor:
        """The metric by which columns are judged: the monitored one or, where that is the loss, the task's score or, if
        it was not measured, the first that was."""
        measured: list[str] = [name for name in self.measured["test"] if name in METRICS]
        names = measured or [self.tested.output.task.score]
        return Monitor.between_runs(self.config["trainer"]["monitor"], names)

    @cached_property
    def columns(self) -> list[Column]:
        return columns_of(self.predictor.features)

    @cached_property
    def intervals(self) -> dict[str, Interval]:
        """Of the test metrics."""
        return intervals.of_metrics(self.tested, self.measured["test"], self.settings.resamples, self.settings.level)

    @cached_property
    def drawn(self) -> Answered:
        """The test rows that curves are drawn of."""
        return self.tested.sample(MOST_DRAWN)

    @cached_property
    def slices(self) -> list[Slice]:
        return slices(self.tested, self.columns, self.settings.level)

    @cached_property
    def asked(self) -> Answered:
        """The test rows by which columns are judged."""
        columns = min(len(self.columns), MOST_COLUMNS)
        return sample_for(self.tested, columns * self.settings.repeats, self.predictor)

    @cached_property
    def importances(self) -> list[Importance]:
        """Of the first columns, if there are many; the most important first."""
        columns = self.columns[:MOST_COLUMNS]
        return importances(self.asked, self.predictor, columns, self.settings.repeats, self.deciding)

    @cached_property
    def dependences(self) -> list[Dependence]:
        """Of the strongest columns that have more than one value."""
        rows = sample_for(self.tested, _STRONGEST * _VALUES, self.predictor).sample(_MOST_CURVES)
        looked_at = self.drawn.sample(_MOST_LOOKED_AT)
        grids = ((each.column, grid(looked_at, each.column)) for each in self.importances)
        several = [(column, values) for column, values in grids if values][:_STRONGEST]
        return [dependence(rows, self.predictor, column, values) for column, values in several]

    @cached_property
    def worst(self) -> Worst:
        return Worst.of(self.tested)

    @cached_property
    def explained(self) -> list[Explained]:
        """The worst rows. Raises ConfigError if a network of the user's own has no gradient."""
        return explained(self.worst, self.predictor, self.columns)

    @property
    def by_importance(self) -> list[Column]:
        """All columns, the most important first."""
        strong = [each.column for each in self.importances]
        return [*strong, *self.columns[len(strong) :]]
