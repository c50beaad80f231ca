"""Runs that many tests look at and none changes."""

from pathlib import Path

import pytest

from tests.short_run import run_in


@pytest.fixture(scope="session")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a finished run of experiment=penguins_lesson with seed 0."""
    folder = tmp_path_factory.mktemp("lesson") / "run"
    run_in(folder, "experiment=penguins_lesson")
    return folder


@pytest.fixture(scope="session")
def penguins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a finished run of three epochs on penguins with categorical columns and missing cells."""
    folder = tmp_path_factory.mktemp("penguins") / "run"
    run_in(folder, "dataset.columns.categorical=[island,sex]", "dataset.missing.indicator=true", "trainer.max_epochs=3")
    return folder
