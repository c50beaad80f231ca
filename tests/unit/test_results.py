"""What stands at the end of `dvc repro`."""

from pathlib import Path

import pytest

from src import results
from tests.made_up_run import make_run


def test_the_command_that_predicts_is_for_any_table_and_any_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_run(tmp_path / "my run")
    monkeypatch.setattr(results, "RUN", run)
    results.show()
    command = f"python -m src.predict 'model={run}' input=FILE.csv output=FILE.csv"
    assert capsys.readouterr().out.splitlines()[-1] == f"predict     {command}"
    (run / "bundle").mkdir()
    (run / "bundle" / "network.py").touch()
    results.show()
    assert capsys.readouterr().out.splitlines()[-1] == f"predict     {command} allow_custom=true"
