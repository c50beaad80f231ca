from pathlib import Path

import pytest

from tests.short_run import result_of, run_in

RECIPE = (
    "dataset.columns.categorical=[island,sex]",
    "model.norm=batch",
    "model.dropout=0.2",
    "model.categorical=embedding",
    "trainer.max_epochs=4",
)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("first") / "run"
    run_in(folder, *RECIPE)
    return result_of(folder)


def test_the_same_seed_gives_the_same_bytes(first: dict[str, bytes], tmp_path: Path) -> None:
    run_in(tmp_path / "run", *RECIPE)
    assert result_of(tmp_path / "run") == first


def test_how_often_a_checkpoint_is_written_changes_nothing(first: dict[str, bytes], tmp_path: Path) -> None:
    run_in(tmp_path / "run", *RECIPE, "trainer.checkpoint_seconds=0")
    assert result_of(tmp_path / "run") == first


def test_what_ran_before_in_the_process_changes_nothing(first: dict[str, bytes], tmp_path: Path) -> None:
    run_in(tmp_path / "other", "seed=7", "trainer.max_epochs=2")
    run_in(tmp_path / "run", *RECIPE)
    assert result_of(tmp_path / "run") == first


def test_another_seed_gives_other_weights_on_the_same_rows(first: dict[str, bytes], tmp_path: Path) -> None:
    run_in(tmp_path / "run", *RECIPE, "seed=1")
    other = result_of(tmp_path / "run")
    assert other["bundle/weights.safetensors"] != first["bundle/weights.safetensors"]
    assert other["history.jsonl"] != first["history.jsonl"]


@pytest.mark.parametrize("parts", [3, 20])
def test_accumulated_parts_of_a_batch_give_the_numbers_of_the_whole(tmp_path: Path, parts: int) -> None:
    recipe = [*RECIPE, "model.norm=layer"]
    whole = run_in(tmp_path / "whole", *recipe)
    in_parts = run_in(tmp_path / "parts", *recipe, f"trainer.accumulate={parts}")
    for name in ("test", "validation"):
        assert in_parts[name] == pytest.approx(whole[name], abs=1e-6)
