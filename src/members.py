"""The training of a run: one network, or the members of an ensemble, one after the other or side by side."""

from collections.abc import Iterable, Iterator
from contextlib import suppress

from src import members_together, summary, trainer
from src.assemble import assemble
from src.config.config import Config
from src.data.prepared import Prepared
from src.errors import DivergedError, StoppedError
from src.learner import Learner
from src.profiler import Profiler
from src.progress import Progress
from src.recorder import Recorder, recorder_of
from src.run_folder import RunFolder
from src.signals import StopFlag


def train(
    first: Learner, config: Config, prepared: Prepared, run: RunFolder, stop: StopFlag, resume: bool
) -> list[Progress]:
    """Where each network stands in the end. Those that ended before a stop are taken from their checkpoints."""
    progress = []
    ended = members_together.trained if first.plan.together else _trained
    with trainer.processes():
        learners = _learners(first, config, prepared, stop)
        for number, learner in enumerate(ended(learners, config, prepared, run, resume)):
            progress.append(learner.progress)
            if config.model.ensemble > 1:
                monitor, best = learner.monitor, learner.progress
                run.say(summary.of_member(number, best.best_epoch, monitor.name, monitor.cost(best.best_cost)))
    return progress


def train_beside_the_first(config: Config, prepared: Prepared, run: RunFolder, stop: StopFlag, resume: bool) -> None:
    """What the other processes of a distributed run do: the same steps on their rows, nothing written, nothing said."""
    first = assemble(config, prepared, stop, threads=run.record["threads"])
    with trainer.processes(), suppress(StoppedError, DivergedError):  # the first process tells
        for number, learner in enumerate(_learners(first, config, prepared, stop)):
            state = recorder_of(config, prepared, run, number).read_last() if resume else None
            if state is not None:
                learner.resume(state)
            if not learner.progress.ended_by:
                trainer.fit(learner, config.trainer)


def _learners(first: Learner, config: Config, prepared: Prepared, stop: StopFlag) -> Iterator[Learner]:
    """One after the other, each is made when the one before has ended and the memory of its rows is free."""
    yield first
    for number in range(1, config.model.ensemble):
        yield assemble(config, prepared, stop, first.plan.threads, number, first.plan.together)


def _trained(
    learners: Iterable[Learner], config: Config, prepared: Prepared, run: RunFolder, resume: bool
) -> Iterator[Learner]:
    """Each to its end before the next one begins."""
    for number, learner in enumerate(learners):
        _train(learner, config, recorder_of(config, prepared, run, number), resume)
        yield learner


def _train(learner: Learner, config: Config, recorder: Recorder, resume: bool) -> None:
    """To its end (see `src.ending`), or to where a signal or a loss that is no number stops it."""
    profiled = config.trainer.profile and not recorder.member  # the first one
    learner.listener = Profiler(recorder, recorder.folder) if profiled else recorder
    state = recorder.read_last() if resume else None
    if resume:
        recorder.continue_from(state)
    if state is not None:
        learner.resume(state)
    if not learner.progress.ended_by:
        with recorder.recording(learner.state):
            try:
                trainer.fit(learner, config.trainer)
            except DivergedError:
                recorder.write_last_finite(learner)
                raise
    recorder.write_best(learner)
