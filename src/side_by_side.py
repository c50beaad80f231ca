"""The runs of a grid that can be trained side by side, from data to finished run folders; see `src.population`."""

import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, closing

from src import grouping, summary
from src.assemble import assemble
from src.config.compose import Composed
from src.data import cache
from src.data.prepared import Prepared
from src.errors import DivergedError, RookeryError, StoppedError
from src.fit import conclude, record_of
from src.learner import Learner
from src.machine import ROOT
from src.population import Population
from src.recorder import recorder_of
from src.run_folder import RunFolder
from src.signals import StopFlag

Job = tuple[Composed, dict[str, str]]
"""A run, and the environment variables that tell it whose job it is."""


def train(jobs: Sequence[Job]) -> None:
    """Makes those of `jobs` that have others beside them. Raises StoppedError if a signal comes; what goes wrong in one
    run is shown, and does not stop the others."""
    runs = [_Run(*job) for job in jobs]
    reasons = Counter(filter(None, (grouping.hindrance(run.config) for run in runs)))
    for reason, count in reasons.items():
        print(f"{count} of them alone: {reason}", flush=True)
    with StopFlag() as stop:
        for places in grouping.groups([run.config for run in runs]):
            _train_group([runs[place] for place in places], stop)


class _Run:
    """One of those that are trained side by side."""

    def __init__(self, composed: Composed, environment: dict[str, str]) -> None:
        self.config, self.composed, self.environment = composed.config, composed, environment

    def assemble(self, prepared: Prepared, stop: StopFlag) -> Learner:
        self.prepared = prepared
        self.learner = assemble(self.config, prepared, stop, together=True)
        return self.learner

    def begin(self) -> None:
        """From here to `end` its run.json says that it is running."""
        os.environ.update(self.environment)
        record = record_of(self.config, self.prepared, self.learner)
        composed = self.composed
        self.folder = RunFolder.create(composed.folder, self.config, record, composed.overrides, composed.files)
        self.folder.quiet = True
        self.held = ExitStack()
        self.held.enter_context(self.folder.held())
        self.held.enter_context(self.folder)
        self.folder.say(summary.before(self.config, self.prepared, self.learner.plan, self.folder.path))
        self.recorder = recorder_of(self.config, self.prepared, self.folder)
        self.learner.listener = self.recorder

    def end(self, seconds: float, stop: StopFlag, error: BaseException | None = None) -> None:
        """`error`: what ended the training before its time; it is raised again."""
        with self.held, closing(self.recorder.bar):
            if isinstance(error, DivergedError):
                self.recorder.write_last_finite(self.learner)
            elif error is None or isinstance(error, StoppedError):
                self.recorder.write_last(self.learner.state())
            if error is not None:
                raise error
            self.recorder.write_best(self.learner)
            progress = [self.learner.progress]
            conclude(self.config, self.prepared, self.learner, progress, self.folder, seconds, stop, True)


def _train_group(runs: Sequence[_Run], stop: StopFlag) -> None:
    data = dict[str, Prepared]()
    for run in runs:
        key = cache.configuration(run.config.dataset)
        if key not in data:
            data[key] = cache.prepared(run.config.dataset, ROOT, ROOT / cache.FOLDER)
        run.assemble(data[key], stop)
        stop.raise_if_asked("before the training")
    for places in grouping.of_one_kind([run.learner for run in runs]):
        _train_together([runs[place] for place in places], stop)


def _train_together(runs: Sequence[_Run], stop: StopFlag) -> None:
    learners = [run.learner for run in runs]
    programs = learners[0].plan.compile == "stacked"
    for run in runs:
        run.begin()
    population, started = Population(learners, stop, programs), time.monotonic()
    print(f"{len(runs)} runs side by side{', steps compiled' if programs else ''}", flush=True)
    try:
        population.train()
    except BaseException as error:
        for number, run in enumerate(runs):
            _end(run, 0.0, stop, population.errors.get(number, error))
        raise
    seconds = time.monotonic() - started
    epochs = sum(each.progress.epoch for each in learners)
    print(f"trained {epochs} epochs in {seconds:.1f} s; each run is now evaluated", flush=True)
    for number, run in enumerate(runs):
        _end(run, seconds, stop, population.errors.get(number))


def _end(run: _Run, seconds: float, stop: StopFlag, error: BaseException | None) -> None:
    """What goes wrong in the run is shown; what ended all of them is for the caller to raise."""
    try:
        run.end(seconds, stop, error)
    except RookeryError as shown:
        print(f"{run.folder.path}: {shown}", file=sys.stderr)
    except BaseException as raised:
        if raised is not error:
            raise
