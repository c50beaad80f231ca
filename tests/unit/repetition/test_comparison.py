"""Made-up run folders, compared."""

import hashlib
import json
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import Tensor

from src.errors import MachineError
from src.repetition.comparison import differences
from tests.made_up_run import line, make_run, write_history

WEIGHTS = {"layers.0.weight": torch.tensor([[1.0, 2.0], [3.0, 4.0]]), "layers.0.bias": torch.zeros(2)}


def run_with(folder: Path, weights: dict[str, Tensor] = WEIGHTS) -> Path:
    make_run(folder)
    (folder / "bundle").mkdir()
    write_weights(folder, weights)
    digest = hashlib.sha256((folder / "bundle/weights.safetensors").read_bytes()).hexdigest()
    (folder / "bundle/bundle.json").write_text(json.dumps({"weights_sha256": digest}))
    return folder


def write_weights(folder: Path, weights: dict[str, Tensor]) -> None:
    (folder / "bundle/weights.safetensors").write_bytes(safetensors.torch.save(weights))


def moved(by: float) -> dict[str, Tensor]:
    return WEIGHTS | {"layers.0.bias": torch.tensor([0.0, -by])}


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, Path]:
    """Two that are the same."""
    return run_with(tmp_path / "then"), run_with(tmp_path / "now")


def test_equal_folders_do_not_differ(runs: tuple[Path, Path]) -> None:
    assert list(differences(*runs)) == []


def test_the_weight_that_is_furthest_away_is_named(tmp_path: Path) -> None:
    then, now = run_with(tmp_path / "then"), run_with(tmp_path / "now", moved(0.25))
    assert list(differences(then, now)) == [("weights", "apart by at most 0.25, in layers.0.bias")]


def test_the_last_bit_of_a_weight_counts(tmp_path: Path) -> None:
    then, now = run_with(tmp_path / "then"), run_with(tmp_path / "now", moved(1e-45))
    [(about, _)] = differences(then, now)
    assert about == "weights"


def test_weights_that_were_changed_after_the_run_are_told_from_those_that_it_had(runs: tuple[Path, Path]) -> None:
    write_weights(runs[0], moved(0.5))
    [(_, changed), (_, apart)] = differences(*runs)
    assert changed.startswith("the file was changed after the run: SHA-256 ")
    assert apart == "apart by at most 0.5, in layers.0.bias"


def test_other_tensors_and_shapes_are_named(tmp_path: Path) -> None:
    other = {"layers.0.weight": torch.ones(2, 3), "layers.1.bias": torch.zeros(2)}
    then, now = run_with(tmp_path / "then"), run_with(tmp_path / "now", other)
    sentence = "other tensors: layers.0.bias, layers.0.weight, layers.1.bias"
    assert list(differences(then, now)) == [("weights", sentence)]


def test_of_a_history_the_largest_difference_and_the_first_epoch_with_one_are_told(runs: tuple[Path, Path]) -> None:
    write_history(runs[1], [line(1), line(2) | {"train/loss": 0.75}, line(3) | {"train/loss": 1 / 3 + 0.5}])
    assert list(differences(*runs)) == [("history", "train/loss apart by at most 0.5, from epoch 2 on")]


def test_a_history_of_another_length_is_compared_as_far_as_both_go(runs: tuple[Path, Path]) -> None:
    write_history(runs[1], [line(1), line(2) | {"lr": 2e-3}])
    assert list(differences(*runs)) == [
        ("history", "3 epochs then, 2 now"),
        ("history", "lr apart by at most 0.001, from epoch 2 on"),
    ]


def test_each_metric_that_differs_is_shown_with_both_values(runs: tuple[Path, Path]) -> None:
    metrics = {"test": {"accuracy": 0.875, "log_loss": 0.3}, "validation": {"accuracy": 0.8, "f1": 0.5}}
    (runs[1] / "metrics.json").write_text(json.dumps(metrics))
    assert list(differences(*runs)) == [
        ("metrics", "test/accuracy 0.9 then, 0.875 now: apart by 0.025"),
        ("metrics", "validation/log_loss 0.4 then, missing now"),
        ("metrics", "validation/f1 missing then, 0.5 now"),
    ]


def test_a_run_that_was_trained_only_has_no_metrics_to_compare(runs: tuple[Path, Path]) -> None:
    (runs[0] / "metrics.json").unlink()
    assert list(differences(*runs)) == []


@pytest.mark.parametrize("name", ["bundle/weights.safetensors", "bundle/bundle.json", "metrics.json", "history.jsonl"])
def test_a_damaged_file_is_named(tmp_path: Path, name: str) -> None:
    then, now = run_with(tmp_path / "then"), run_with(tmp_path / "now", moved(1.0))
    (then / name).write_text("{")
    with pytest.raises(MachineError, match=f"{name} is damaged"):
        list(differences(then, now))
