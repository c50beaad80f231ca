"""Runs as they come out of the training, compared and ranked."""

import json
from pathlib import Path

import pytest

from src.compare import compare
from src.comparison.comparison import compare as compared
from src.leaderboard import leaderboard
from tests.short_run import run_in, table_of


def test_trained_network_is_better_than_one_of_a_single_epoch(
    lesson: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_in(tmp_path / "short", "experiment=penguins_lesson", "trainer.max_epochs=1")
    compare([str(tmp_path / "short"), str(lesson), "resamples=1000"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith("B is better than A by accuracy 0.")
    assert "trainer.max_epochs  1  50" in lines
    leaderboard([f"folder={tmp_path}"])
    assert capsys.readouterr().out.splitlines()[0].startswith("species of penguins, data f204db2c, by accuracy")


@pytest.mark.parametrize(
    "overrides",
    [
        ["dataset.target=a"],
        ["dataset.target=[a,b]", "dataset.columns.numeric=[x]", "loss=gaussian_nll"],
        ["dataset.target=[yes,no]", "dataset.task=multilabel", "dataset.columns.numeric=[x]", "dataset.weight=w"],
        ["dataset.target=yes", "dataset.task=binary", "trainer.metrics=[mcc,average_precision]"],
    ],
)
def test_compared_metrics_are_those_that_each_run_measured(tmp_path: Path, overrides: list[str]) -> None:
    rows = range(120)
    columns: dict[str, list[float]] = {
        "a": [row % 11 + 0.5 for row in rows],
        "b": [row % 7 - 0.25 for row in rows],
        "yes": [row % 2 for row in rows],
        "no": [row % 3 // 2 for row in rows],
        "x": [row % 13 for row in rows],
        "w": [1 + row % 4 for row in rows],
    }
    conf = table_of(tmp_path, columns, columns={"numeric": ["x"]})
    folders = [tmp_path / "0", tmp_path / "1"]
    for seed, folder in enumerate(folders):
        run_in(folder, "dataset=own", *overrides, f"seed={seed}", "trainer.max_epochs=2", config_dir=conf)
    found = compared(folders, 1000)
    for side, folder in zip(found.sides, folders, strict=True):
        measured = json.loads((folder / "metrics.json").read_text())["test"]
        assert side.metrics(found.names) == pytest.approx(measured)
