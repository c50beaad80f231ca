import math
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow.utils import validation

from src.tracking.artifacts import changed_files
from src.tracking.metric_values import points, storable, with_plain_names
from src.tracking.parameters import flatten, shorten
from src.tracking.snapshot import Snapshot
from tests.made_up_run import line, make_run, update, write_history

mlflow_takes: Callable[[str], bool] = validation.validate_param_and_metric_name


def test_keys_are_dotted_and_values_but_texts_are_json() -> None:
    config = {"model": {"hidden": [10, 10], "name": "mlp"}, "seed": 0, "uri": None, "on": True, "lr": 1e-8}
    assert dict(flatten(config)) == {
        "model.hidden": "[10, 10]",
        "model.name": "mlp",
        "seed": "0",
        "uri": "null",
        "on": "true",
        "lr": "1e-08",
    }


def test_a_mapping_with_names_that_mlflow_refuses_is_one_parameter() -> None:
    config = {"dataset": {"derive": {"bmi (kg/m²)": "weight / (height * height)"}, "where": None}}
    assert dict(flatten(config)) == {
        "dataset.derive": '{"bmi (kg/m²)": "weight / (height * height)"}',
        "dataset.where": "null",
    }
    assert dict(flatten({"derive": {}})) == {"derive": "{}"}


def test_a_shortened_text_tells_its_length() -> None:
    assert shorten("x" * 100, 100) == "x" * 100
    assert shorten("x" * 101, 100) == "x" * 80 + " … 101 long"


def test_metrics_of_any_target_have_names_that_mlflow_takes_and_stay_apart() -> None:
    names = ["rmse_price (€)", "rmse_price [€)", "rmse_a/b: c.d-e_f", "mae_" + "x" * 300]
    plain = with_plain_names(dict.fromkeys(names, 0.5))
    assert list(plain)[:3] == ["rmse_price ___", "rmse_price ____", "rmse_a_b: c.d-e_f"]
    assert all(len(name) <= 250 and mlflow_takes(f"best/{name}") for name in plain)
    assert not mlflow_takes(names[0])


def test_curves_begin_with_the_validation_and_final_metrics_stand_at_step_0(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", epochs=0)
    write_history(folder, [line(1, loss=0.5) | {"note": "text", "flag": True, "gone": None}])
    assert list(points(Snapshot.read(folder))) == [
        ("validation/loss", 1, 0.6),
        ("train/loss", 1, 0.5),
        ("lr", 1, 1e-3),
        ("test/accuracy", 0, 0.9),
        ("test/log_loss", 0, 0.3),
        ("best/accuracy", 0, 0.8),
        ("best/log_loss", 0, 0.4),
    ]


def test_the_members_of_an_ensemble_follow_one_another_in_the_same_curve(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", epochs=0)
    write_history(folder, [{"member": member, **line(epoch)} for member in (0, 1) for epoch in (1, 2)])
    found = list(points(Snapshot.read(folder)))
    assert [point for point in found if point.name == "train/loss"] == [
        ("train/loss", 1, 1.0),
        ("train/loss", 2, 0.5),
        ("train/loss", 3, 1.0),
        ("train/loss", 4, 0.5),
    ]
    assert {point.name for point in found} & {"member", "epoch", "step"} == set()
    assert ("test/accuracy", 0, 0.9) in found


def test_members_side_by_side_follow_one_another_too(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", epochs=0, members_together=True)
    (folder / "config.yaml").write_text("trainer: {max_epochs: 10}\n")
    write_history(folder, [{"member": member, **line(epoch)} for epoch in (1, 2) for member in (0, 1)])
    found = points(Snapshot.read(folder))
    steps = [(point.step, point.value) for point in found if point.name == "train/loss"]
    assert steps == [(1, 1.0), (11, 1.0), (2, 0.5), (12, 0.5)]


@pytest.mark.parametrize(
    ("value", "stored"), [(math.inf, sys.float_info.max), (-math.inf, -sys.float_info.max), (2, 2)]
)
def test_infinity_is_the_largest_number_as_in_mlflow(value: float, stored: float) -> None:
    assert storable(value) == stored


def test_checkpoints_and_bundle_are_not_kept_as_files_and_unchanged_ones_not_sent_again(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    (folder / "plots" / ".roc.png.123").write_text("half")
    for name in ("bundle/bundle.json", "conf/model/mlp.yaml", "conf/overrides.yaml", "code.diff", "environment.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("{}")
    run = Snapshot.read(folder)
    sent = changed_files(run, before={})
    begun = {"config.yaml", "conf/model/mlp.yaml", "conf/overrides.yaml", "code.diff", "environment.txt"}
    assert sent.keys() == begun | {"history.jsonl", "log.txt", "metrics.json", "plots/confusion.csv"}
    (folder / "log.txt").write_text("trained, then something else\n")
    assert list(changed_files(run, before=sent)) == ["log.txt"]
    assert changed_files(Snapshot.read(update(folder, status="running")), before={}).keys() == begun
