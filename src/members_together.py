"""The members of an ensemble, trained side by side in one `Population` (whether they are: `src.grouping`)."""

from collections.abc import Iterable
from typing import Any

from src.config.config import Config
from src.data.prepared import Prepared
from src.learner import Learner
from src.population import Population
from src.recorder import Recorder, recorder_of
from src.run_folder import RunFolder


def trained(
    learners: Iterable[Learner], config: Config, prepared: Prepared, run: RunFolder, resume: bool
) -> list[Learner]:
    """All at their end. checkpoints/last.ckpt holds all of them after the same epoch; each has history and best
    weights of its own.

    Raises StoppedError if a signal comes, DivergedError as soon as one of them diverges, MachineError.
    """
    members, whole = [*learners], recorder_of(config, prepared, run)
    recorders = [recorder_of(config, prepared, run, number, together=True) for number in range(len(members))]
    state = whole.read_last() if resume else None
    for number, (learner, recorder) in enumerate(zip(members, recorders, strict=True)):
        learner.listener = recorder
        if resume:
            _continue(learner, recorder, state and state["members"][number])
    population = Population(members, members[0].stop, programs=members[0].plan.compile == "stacked")
    if population.going_on:
        _train(population, whole, recorders)
    for learner, recorder in zip(members, recorders, strict=True):
        recorder.write_best(learner)
    return members


def _continue(learner: Learner, recorder: Recorder, state: dict[str, Any] | None) -> None:
    recorder.continue_from(state)
    if state is not None:
        learner.resume(state)


def _train(population: Population, whole: Recorder, recorders: list[Recorder]) -> None:
    with whole.recording(population.state):
        for epoch in population.epochs():
            whole.bar.update(epoch - whole.bar.n)
            for number, error in population.errors.items():
                recorders[number].write_last_finite(population.learners[number])
                raise error
            whole.border(population.state)
