"""Data that changed since `dvc add`: nothing is trained, or the run says what it was trained on."""

from pathlib import Path

import pytest

from src.command_line import run
from tests import kept_by_dvc
from tests.short_run import ALWAYS, record_of, run_in, table_of


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    """Of a table with a row more than DVC keeps of it."""
    conf = table_of(tmp_path, {"y": ["a", "b"] * 30, "x": [*range(60)]})
    kept_by_dvc.add(tmp_path / "table.csv")
    with (tmp_path / "table.csv").open("a") as table:
        table.write("a,60\n")
    return conf


def test_a_training_on_changed_data_ends_before_it_begins(
    conf: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    assert run(["--config-dir", str(conf), "dataset=own", *ALWAYS, f"hydra.run.dir={folder}"]) == 3
    said = capsys.readouterr().err
    assert f"{tmp_path}/table.csv is not what {tmp_path}/table.csv.dvc names: `dvc add " in said
    assert "dataset.changed=allow" in said
    assert not folder.exists()


def test_a_training_on_changed_data_that_was_allowed_records_it(conf: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    run_in(folder, "dataset=own", "dataset.changed=allow", "trainer.max_epochs=1", config_dir=conf)
    data, state = record_of(folder)["data"], f"changed: {tmp_path}/table.csv is not what {tmp_path}/table.csv.dvc names"
    assert (data["dvc"], data["dvc_state"]) == (None, state)
    assert f"DVC         {state}" in (folder / "log.txt").read_text().splitlines()
