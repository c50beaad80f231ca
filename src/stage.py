"""The stages of dvc.yaml, one at a time; `dvc repro` calls them.

    python -m src.stage compose     conf/ → build/config.yaml
    python -m src.stage prepare     the table → build/prepared
    python -m src.stage train       build/prepared → build/run: bundle, checkpoints, history
    python -m src.stage evaluate    build/run/bundle → build/run: metrics, predictions, plots, report

A training that was killed goes on where it was when `dvc repro` comes again, with the same result to the last bit.
With a network of your own (model=custom): ROOKERY_ALLOW_CUSTOM=true dvc repro.
"""

import shutil
import sys
from pathlib import Path

from src.command_line import exit_code
from src.custom_code import PERMISSION, allowed_by_environment
from src.errors import ConfigError
from src.loading import loading, without_signal_processing

BUILD = Path("build")
CONFIG, PREPARED, RUN = BUILD / "config.yaml", BUILD / "prepared", BUILD / "run"
UNFINISHED = BUILD / "unfinished"
"""Where the training works until it is done. DVC knows nothing of it: before a stage it deletes what it knows."""


def compose() -> None:
    from src.config.compose import compose
    from src.config.saved import save

    config = compose([f"{PERMISSION}=true"] if allowed_by_environment() else []).config
    config.dataset.split.refuse_several()
    if not config.evaluation.report:
        raise ConfigError("evaluation.report: must be true here, for dvc.yaml lists report.html; src.train takes false")
    BUILD.mkdir(exist_ok=True)
    save(config, CONFIG)


def prepare() -> None:
    from src.config.saved import load
    from src.data.prepare import prepare
    from src.machine import ROOT

    shutil.rmtree(PREPARED, ignore_errors=True)
    prepare(load(CONFIG, allowed_by_environment()).dataset, ROOT, PREPARED)


def train() -> None:
    from src.config.compose import compose
    from src.config.saved import load
    from src.machine import rank
    from src.mirror import Mirror
    from src.signals import StopFlag

    config = load(CONFIG, allowed_by_environment())
    files = compose([f"{PERMISSION}=true"] if allowed_by_environment() else []).files
    with StopFlag() as stop, Mirror(config.tracking) as mirror:
        with loading(), without_signal_processing():
            from src.data.prepared import Prepared
            from src.fit import fit
            from src.unfinished import goes_on, move

        prepared = Prepared.load(PREPARED)
        resume = rank() > 0 or goes_on(UNFINISHED, config, prepared.facts["sha256"])
        fit(config, prepared, UNFINISHED, stop, mirror, resume=resume, files=files)
    if rank() == 0:
        move(UNFINISHED, RUN)


def evaluate() -> None:
    from src.config.saved import load
    from src.mirror import Mirror
    from src.run_folder import RunFolder
    from src.summary import shown

    run = RunFolder.reopen(RUN)
    allow_custom = allowed_by_environment()
    config = load(CONFIG, allow_custom)
    with Mirror(config.tracking) as mirror, mirror.of(run):
        mirror.follow(RUN)
        with loading():
            from src.data.prepared import Prepared
            from src.evaluation import evaluate

        metrics = evaluate(RUN, Prepared.load(PREPARED), run.history(), config.evaluation, allow_custom)
        run.say("\n".join(shown(metrics)))


STAGES = {"compose": compose, "prepare": prepare, "train": train, "evaluate": evaluate}


def run_stage(arguments: list[str]) -> None:
    """Raises ConfigError if the name is unknown."""
    if len(arguments) != 1 or arguments[0] not in STAGES:
        raise ConfigError(f"src.stage {' '.join(arguments)}: required: one of {', '.join(STAGES)}")
    STAGES[arguments[0]]()


if __name__ == "__main__":
    sys.exit(exit_code(lambda: run_stage(sys.argv[1:])))
