"""The files of conf/debug do what they say."""

import json
from pathlib import Path
from typing import Any

import pytest

from src.config.compose import compose
from src.config.groups import find_groups
from tests.short_run import record_of, result_of, run_in


def history(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]


def test_each_file_of_debug_is_tested_here_or_with_what_it_is_for() -> None:
    elsewhere = {"fast", "overfit", "checkpoints"}
    assert {*find_groups().options["debug"]} == elsewhere | {"one_step", "limit_rows", "overfit_batch", "profile"}
    assert not any(compose([f"debug={name}"]).config.tracking.enabled for name in find_groups().options["debug"])


def test_one_step_goes_through_a_whole_run(tmp_path: Path) -> None:
    metrics = run_in(tmp_path / "run", "debug=one_step")
    [row] = history(tmp_path / "run")
    assert (row["epoch"], row["step"]) == (1, 1)
    assert metrics["test"]["log_loss"] > 0
    assert (tmp_path / "run" / "bundle" / "bundle.json").exists()


def test_limit_rows_trains_on_a_part_of_the_table(tmp_path: Path) -> None:
    run_in(tmp_path / "run", "debug=[limit_rows,one_step]", "dataset.limit_rows=200")
    assert sum(record_of(tmp_path / "run")["data"]["rows"].values()) == 200


def test_overfit_batch_learns_one_batch_by_heart(tmp_path: Path) -> None:
    run_in(tmp_path / "run", "debug=overfit_batch", "optimizer.lr=0.01")
    rows = history(tmp_path / "run")
    assert [row["step"] for row in rows] == [row["epoch"] for row in rows]
    assert rows[0]["train/loss"] > 0.5
    assert rows[-1]["train/loss"] < 0.01


def test_profile_tells_what_each_operator_takes_and_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_in(tmp_path / "run", "debug=profile")
    assert f"profile     {tmp_path / 'run' / 'profile' / 'operators.txt'}" in capsys.readouterr().out
    table = (tmp_path / "run" / "profile" / "operators.txt").read_text()
    assert "aten::addmm" in table
    assert "Self CPU" in table
    events = json.loads((tmp_path / "run" / "profile" / "trace.json").read_text())["traceEvents"]
    assert sum(event.get("name") == "aten::_fused_adam_" for event in events) == 12  # the steps of one epoch
    run_in(tmp_path / "plain", "debug=profile", "trainer.profile=false")
    assert result_of(tmp_path / "run") == result_of(tmp_path / "plain")


def test_a_training_too_short_for_a_profile_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_in(tmp_path / "run", "debug=[profile,one_step]")
    assert "profile     none: the training ended with its first chunk of steps" in capsys.readouterr().out
    assert not (tmp_path / "run" / "profile").exists()
