"""The second part of the story, in order: learner, run folder, training, bundle, evaluation."""

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from src import bundle, model_card, summary, trainer
from src.assemble import assemble
from src.atomic import write_bytes
from src.config.config import Config
from src.data.prepared import Prepared
from src.errors import DivergedError, MachineError, StoppedError
from src.evaluation import evaluate
from src.learner import Learner
from src.machine import rank
from src.mirror import mirrored
from src.recorder import Recorder
from src.run_folder import RunFolder
from src.signals import StopFlag

RUN_OF_FIRST_PROCESS = "ROOKERY_RUN"
"""Environment variable that tells the other processes of a distributed run where the first one writes."""

Metrics = dict[str, dict[str, float]]


def fit(
    config: Config,
    prepared: Prepared,
    folder: Path,
    stop: StopFlag,
    overrides: Sequence[str] = (),
    resume: bool = False,
    then_evaluate: bool = False,
) -> Metrics:
    """Trains on prepared data, writes the bundle and, if wanted, evaluates it (else returns no metrics)."""
    if rank() > 0:
        _fit_beside_the_first(config, prepared, resume, stop)
        return {}
    run = RunFolder.reopen(folder) if resume else None
    if run is not None and run.record["status"] == "finished":
        run.say(f"{folder} is finished; there is nothing to resume.")
        return {}
    learner = assemble(config, prepared, stop, threads=run.record["threads"] if run else None)
    run = run or RunFolder.create(folder, config, _record(config, prepared, learner), overrides)
    os.environ[RUN_OF_FIRST_PROCESS] = str(folder.resolve())
    with run.held(), mirrored(run, config.tracking), run:
        run.say(summary.before(config, prepared, learner.plan, folder))
        started = time.monotonic()
        _train(learner, config, prepared, run, resume)
        seconds = time.monotonic() - started
        run.update(ended_by=learner.progress.ended_by)
        stop.raise_if_asked("after the training")
        _write_bundle(config, prepared, learner, run)
        metrics = evaluate(folder, prepared, run.history()) if then_evaluate else {}
        stop.raise_if_asked("at the end")
        run.say(summary.after(metrics, vars(learner.progress), seconds))
        if then_evaluate:
            run.say(f"{'predict':<12}python -m src.predict model={folder} input=FILE.csv output=FILE.csv")
    return metrics


def _train(learner: Learner, config: Config, prepared: Prepared, run: RunFolder, resume: bool) -> None:
    """To its end (see `src.ending`), or to where a signal or a loss that is no number stops it."""
    recorder = Recorder(run, config.trainer.checkpoint_seconds, _origin(config, prepared), learner.plan.max_epochs)
    learner.listener = recorder
    state = recorder.read_last() if resume else None
    if resume:
        recorder.continue_from(state)
    if state is not None:
        learner.resume(state)
    try:
        if not learner.progress.ended_by:
            trainer.fit(learner, config.trainer)
            recorder.write_last(learner.state())
    except StoppedError as stopped:
        recorder.write_last(learner.state())
        raise stopped.with_remedy(f"Continue with: python -m src.train resume={run.path}") from None
    except MachineError as lost:
        raise MachineError(f"{lost} Continue with: python -m src.train resume={run.path}") from None
    except DivergedError:
        recorder.write_last_finite(learner)
        raise
    finally:
        recorder.bar.close()
    recorder.write_best(learner)


def _fit_beside_the_first(config: Config, prepared: Prepared, resume: bool, stop: StopFlag) -> None:
    """What the other processes of a distributed run do: the same steps on their rows, nothing written, nothing said."""
    run = RunFolder.reopen(Path(os.environ[RUN_OF_FIRST_PROCESS]))
    learner = assemble(config, prepared, stop, threads=run.record["threads"])
    state = Recorder(run, 0, _origin(config, prepared), 0).read_last() if resume else None
    if state is not None:
        learner.resume(state)
    with suppress(StoppedError, DivergedError):  # the first process tells; Lightning kills it if another one fails
        trainer.fit(learner, config.trainer)


def _write_bundle(config: Config, prepared: Prepared, learner: Learner, run: RunFolder) -> None:
    best = next(row for row in run.history() if row["epoch"] == learner.progress.best_epoch)
    measured = {name: value for name, value in best.items() if name.startswith("validation/")}
    facts = {
        "run": run.record["uuid"],
        "config": config.to_dict(),
        "config_hash": config.hash,
        "data": run.record["data"],
        "versions": run.record["versions"],
        "example": prepared.facts["example"],
        "validation": measured,
    }
    folder = run.path / "bundle"
    bundle.write(folder, learner.progress.best_weights, prepared.features, config.model.model_dump(), facts)
    write_bytes(folder / "README.md", model_card.write(config, prepared, run.record["versions"], measured).encode())


def _record(config: Config, prepared: Prepared, learner: Learner) -> dict[str, Any]:
    """What run.json says beside who the run is."""
    facts, plan = prepared.facts, learner.plan
    return {
        "name": summary.title(config),
        "config_hash": config.hash,
        "data": {
            "path": facts["path"],
            "sha256": facts["sha256"],
            "dvc": facts["dvc"],
            "target": ", ".join(config.dataset.targets),
            "rows": {part: facts["rows"][part] for part in ("train", "validation", "test")},
        },
        "device": plan.device,
        "precision": str(config.trainer.precision),
        "threads": plan.threads,
        "processes": plan.world,
        "parameters": plan.parameters,
    }


def _origin(config: Config, prepared: Prepared) -> dict[str, str]:
    """What a checkpoint must share with the run that continues it."""
    return {"configuration": config.hash, "data": prepared.facts["sha256"]}
