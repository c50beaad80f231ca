"""The training of a run: one network, or the members of an ensemble, one after the other."""

import shlex
from collections.abc import Iterator
from contextlib import suppress

from src import summary, trainer
from src.assemble import assemble
from src.config.config import Config
from src.data.prepared import Prepared
from src.errors import DivergedError, MachineError, StoppedError
from src.learner import Learner
from src.profiler import Profiler
from src.progress import Progress
from src.recorder import Recorder
from src.run_folder import RunFolder
from src.signals import StopFlag


def train(
    first: Learner, config: Config, prepared: Prepared, run: RunFolder, stop: StopFlag, resume: bool
) -> list[Progress]:
    """Where each network stands in the end. Those that ended before a stop are taken from their checkpoints."""
    trained = []
    with trainer.processes():
        for number, learner in enumerate(_learners(first, config, prepared, stop)):
            _train(learner, config, recorder_of(config, prepared, run, number), resume)
            trained.append(learner.progress)
            if config.model.ensemble > 1:
                monitor, best = learner.monitor, learner.progress
                run.say(summary.of_member(number, best.best_epoch, monitor.name, monitor.cost(best.best_cost)))
    return trained


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
    """Each is made when the one before has ended and the memory of its rows is free."""
    yield first
    for number in range(1, config.model.ensemble):
        yield assemble(config, prepared, stop, first.plan.threads, number)


def _train(learner: Learner, config: Config, recorder: Recorder, resume: bool) -> None:
    """To its end (see `src.ending`), or to where a signal or a loss that is no number stops it."""
    profiled = config.trainer.profile and not recorder.member  # the first one
    learner.listener = Profiler(recorder, recorder.folder) if profiled else recorder
    state = recorder.read_last() if resume else None
    if resume:
        recorder.continue_from(state)
    if state is not None:
        learner.resume(state)
    again = f"Continue with: python -m src.train {shlex.quote(f'resume={recorder.folder.path}')}"
    try:
        if not learner.progress.ended_by:
            trainer.fit(learner, config.trainer)
            recorder.write_last(learner.state())
    except StoppedError as stopped:
        recorder.write_last(learner.state())
        raise stopped.with_remedy(again) from None
    except MachineError as lost:
        raise MachineError(f"{lost} {again}") from None
    except DivergedError:
        recorder.write_last_finite(learner)
        raise
    finally:
        recorder.bar.close()
    recorder.write_best(learner)


def recorder_of(config: Config, prepared: Prepared, run: RunFolder, number: int) -> Recorder:
    """The origin of a checkpoint is what it must share with the run that continues it."""
    origin = {"configuration": config.hash, "data": prepared.facts["sha256"]}
    trainer = config.trainer
    member = number if config.model.ensemble > 1 else None
    return Recorder(run, trainer.checkpoint_seconds, origin, trainer.max_epochs, member)
