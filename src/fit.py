"""The second part of the story, in order: learner, run folder, training, bundle, evaluation."""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

from torch import Tensor

from src import bundle, custom_code, fitted, members, model_card, parity, summary
from src.assemble import assemble
from src.atomic import write_bytes, write_json
from src.config.config import Config
from src.config.custom import Custom
from src.config.prediction import Prediction
from src.data.features import Features
from src.data.kinds import Kind
from src.data.prepared import Prepared
from src.evaluation import evaluate
from src.inference import Predictor, answers
from src.learner import Learner
from src.machine import rank
from src.mirror import Mirror
from src.models.ensemble import state_of
from src.post_hoc.fit import fit_post_hoc
from src.progress import Progress
from src.run_folder import RunFolder
from src.signals import StopFlag

RUN_OF_FIRST_PROCESS = "ROOKERY_RUN"
"""Environment variable that tells the other processes of a distributed run where the first one writes."""

Metrics = dict[str, dict[str, float]]

_FILES = ("input=FILE.csv", "output=FILE.csv")


def fit(
    config: Config,
    prepared: Prepared,
    folder: Path,
    stop: StopFlag,
    mirror: Mirror,
    overrides: Sequence[str] = (),
    resume: bool = False,
    then_evaluate: bool = False,
    files: Mapping[str, str] | None = None,
) -> Metrics:
    """Trains on prepared data, writes the bundle and, if wanted, evaluates it (else returns no metrics). `files`: what
    the configuration was composed of (`Composed.files`)."""
    if rank() > 0:
        of_the_first = RunFolder.reopen(Path(os.environ[RUN_OF_FIRST_PROCESS]))
        members.train_beside_the_first(config, prepared, of_the_first, stop, resume)
        return {}
    run = RunFolder.reopen(folder) if resume else None
    if run is not None and run.record["status"] == "finished":
        run.say(f"{folder} is finished; there is nothing to resume.")
        return {}
    learner = assemble(config, prepared, stop, **(_as_before(run) if run else {}))
    run = run or RunFolder.create(folder, config, record_of(config, prepared, learner), overrides, files)
    os.environ[RUN_OF_FIRST_PROCESS] = str(folder.resolve())
    with run.held(), mirror.of(run), run:
        mirror.follow(run.path)
        run.say(summary.before(config, prepared, learner.plan, folder))
        started = time.monotonic()
        trained = members.train(learner, config, prepared, run, stop, resume)
        return conclude(config, prepared, learner, trained, run, time.monotonic() - started, stop, then_evaluate)


def conclude(
    config: Config,
    prepared: Prepared,
    learner: Learner,
    trained: Sequence[Progress],
    run: RunFolder,
    seconds: float,
    stop: StopFlag,
    then_evaluate: bool,
) -> Metrics:
    """What comes after the training, which took `seconds`."""
    run.update(ended_by=summary.ended_by(trained))
    stop.raise_if_asked("after the training")
    weights = state_of([each.best_weights for each in trained])
    answering = _answering(config, prepared, replace(prepared.features, output=learner.output), weights)
    allowed = isinstance(config.model, Custom)  # or there would be no such configuration
    proved = _write_bundle(config, replace(prepared, features=answering), weights, trained, run, allowed)
    metrics = evaluate(run.path, prepared, run.history(), config.evaluation, allowed) if then_evaluate else {}
    stop.raise_if_asked("at the end")
    run.say(summary.after(metrics, trained, seconds, fitted.sentences(answering.output), proved.warnings))
    if then_evaluate:
        run.say(f"{'predict':<12}{custom_code.command('src.predict', f'model={run.path}', *_FILES, custom=allowed)}")
    return metrics


def _answering(config: Config, prepared: Prepared, features: Features, weights: dict[str, Tensor]) -> Features:
    """`features`, with what is fitted on the validation rows for the network with these weights."""
    if config.prediction == Prediction():
        return features
    part, output = prepared.parts["validation"], features.output
    network = bundle.built(config.model.model_dump(), features, weights)
    said = answers(network, output, part.x_num, part.x_cat)
    part.release()
    post_hoc = fit_post_hoc(config.prediction, said, part.y, part.weight if len(part.weight) else None, output)
    return replace(features, output=replace(output, post_hoc=post_hoc))


def _write_bundle(
    config: Config,
    prepared: Prepared,
    weights: dict[str, Tensor],
    trained: Sequence[Progress],
    run: RunFolder,
    allow_custom: bool,
) -> parity.Parity:
    """And proves it, as it lies there."""
    history = run.history()
    of_members = [_validation(history, number, each.best_epoch) for number, each in enumerate(trained)]
    measured = {name: fmean(each[name] for each in of_members) for name in of_members[0]}
    facts = {
        "run": run.record["uuid"],
        "config": config.to_dict(),
        "config_hash": config.hash,
        "data": run.record["data"],
        "versions": run.record["versions"],
        "example": prepared.facts["example"],
        "test_rows": prepared.facts["test_rows"],
        "classes": prepared.facts["classes"],
        "validation": measured,
    }
    if len(trained) > 1:
        facts["members"] = of_members
    folder = run.path / "bundle"
    code = (run.path / custom_code.COPY).read_bytes() if isinstance(config.model, Custom) else None
    bundle.write(folder, weights, prepared.features, config.model.model_dump(), facts, code)
    proved = parity.of_bundle(Predictor.load(folder, allow_custom), prepared.parts["test"])
    write_json(folder / parity.FILE, proved.to_dict())
    card = model_card.write(config, prepared, run.record["versions"], of_members, proved.sentences())
    write_bytes(folder / "README.md", card.encode())
    return proved


def _validation(history: list[dict[str, float]], member: int, epoch: int) -> dict[str, float]:
    """What was measured on the validation rows after an epoch of the member."""
    row = next(row for row in history if row.get("member", 0) == member and row["epoch"] == epoch)
    return {name: value for name, value in row.items() if name.startswith("validation/")}


def record_of(config: Config, prepared: Prepared, learner: Learner) -> dict[str, Any]:
    """What run.json says beside who the run is."""
    facts, plan = prepared.facts, learner.plan
    return {
        "name": summary.title(config),
        "config_hash": config.hash,
        "data": {
            "path": facts["path"],
            "sha256": facts["sha256"],
            "dvc": facts["dvc"],
            "dvc_state": facts["dvc_state"],
            "target": ", ".join(config.dataset.targets),
            "rows": {part: facts["rows"][part] for part in ("train", "validation", "test")},
        },
        "columns": _columns(prepared),
        "device": plan.device,
        "precision": plan.precision,
        "threads": plan.threads,
        "processes": plan.world,
        "members_together": plan.together and config.model.ensemble > 1,
        "parameters": plan.parameters * config.model.ensemble,
    }


def _as_before(run: RunFolder) -> dict[str, Any]:
    """Arguments of `assemble` for a run that is resumed."""
    return {"threads": run.record["threads"], "together": run.record.get("members_together", False)}


def _columns(prepared: Prepared) -> dict[str, Kind]:
    """Of the table: what the network sees, then what it is to predict."""
    output = prepared.features.output
    of_target: Kind = "text" if output.task.has_classes else "number"
    return {**prepared.features.raw_columns, **dict.fromkeys(output.targets, of_target)}
