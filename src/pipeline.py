"""The story of a run, in order: the data here, all else in `src.fit`. Start reading here."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from src.config.config import Config
from src.data import cache
from src.loading import loading, without_signal_processing
from src.machine import ROOT, rank
from src.mirror import Mirror
from src.run_folder import refuse_used
from src.signals import StopFlag

if TYPE_CHECKING:
    from src.fit import Metrics


def train(
    config: Config,
    folder: Path,
    overrides: Sequence[str] = (),
    resume: bool = False,
    files: Mapping[str, str] | None = None,
) -> "Metrics":
    """From the configuration to a finished run folder; returns {"test": {...}, "validation": {...}}. `overrides` and
    `files`: what it was composed of, which the folder keeps.

    A mistake in configuration, data or machine raises before anything is written; afterwards run.json tells how the
    run ended.
    """
    if folder.is_relative_to(Path.cwd()):
        folder = folder.relative_to(Path.cwd())  # as people write it
    if not resume and rank() == 0:
        refuse_used(folder)
    with StopFlag() as stop, Mirror(config.tracking) as mirror:
        prepared = cache.prepared(config.dataset, ROOT, ROOT / cache.FOLDER)
        stop.raise_if_asked("before the training")
        with loading(), without_signal_processing():
            from src.fit import fit  # not earlier: Lightning takes 2 s and 200 MB, which the data may have a use for

        return fit(config, prepared, folder, stop, mirror, overrides, resume, then_evaluate=True, files=files)
