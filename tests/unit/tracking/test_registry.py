"""Finished runs as versions of a registered model."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from mlflow import MlflowClient

from src.tracking.sync import sync
from tests.made_up_run import make_run
from tests.unit.tracking.test_logged_model import write_bundle

DATA: dict[str, Any] = {"target": "species", "sha256": "0" * 64, "path": "table.csv", "dvc": None, "rows": {}}


def finished(
    folder: Path, seed: int = 0, monitor: str = "loss", data: dict[str, Any] | None = None, **scores: float
) -> Path:
    """A run with a bundle, which is to be registered as `species`."""
    make_run(folder, data=DATA | (data or {}))
    write_bundle(folder / "bundle", "species")
    config = yaml.safe_load((folder / "config.yaml").read_text())
    config["tracking"]["register"] = "species"
    config["trainer"] = {"monitor": monitor}
    config["dataset"]["split"] = {"seed": seed}
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    (folder / "metrics.json").write_text(json.dumps({"test": scores, "validation": scores}))
    return folder


def champion(client: MlflowClient) -> int:
    return int(client.get_model_version_by_alias("species", "champion").version)


def test_the_champion_is_the_best_version_on_the_validation_rows(client: MlflowClient, tmp_path: Path) -> None:
    said = [
        str(sync(finished(tmp_path / str(number), accuracy=accuracy)))
        for number, accuracy in enumerate((0.8, 0.9, 0.85))
    ]
    assert "registered as species, version 1; it is the champion now by validation accuracy 0.8; " in said[0]
    assert "version 2; it is the champion now by validation accuracy 0.9, before version 1; " in said[1]
    assert "version 3; version 2 stays the champion: its validation accuracy is 0.9, here 0.85; " in said[2]
    assert champion(client) == 2
    version = client.get_model_version("species", "1")
    assert version.run_id == json.loads((tmp_path / "0/mlflow.json").read_text())["run_id"]


def test_of_an_error_the_lower_one_is_better(client: MlflowClient, tmp_path: Path) -> None:
    for number, loss in enumerate((0.5, 0.4, 0.6)):
        sync(finished(tmp_path / str(number), monitor="log_loss", accuracy=0.5 + number / 10, log_loss=loss))
    assert champion(client) == 2


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"monitor": "log_loss"}, "it is judged by accuracy, this one by log_loss"),
        ({"seed": 7}, "its validation rows are others"),
        ({"data": {"sha256": "1" * 64}}, "its validation rows are others"),
    ],
)
def test_what_cannot_be_compared_does_not_move_the_champion(
    client: MlflowClient, tmp_path: Path, other: dict[str, Any], why: str
) -> None:
    sync(finished(tmp_path / "first", accuracy=0.5, log_loss=0.9))
    said = str(sync(finished(tmp_path / "second", accuracy=0.9, log_loss=0.1, **other)))
    assert f"registered as species, version 2; version 1 stays the champion: {why}; " in said
    assert champion(client) == 1


def test_a_run_is_registered_once(client: MlflowClient, tmp_path: Path) -> None:
    folder = finished(tmp_path / "run", accuracy=0.5)
    sync(folder)
    (folder / "mlflow.json").unlink()
    assert "registered as" not in str(sync(folder))
    assert len(client.search_model_versions("name = 'species'")) == 1


def test_a_champion_that_somebody_else_registered_stays(client: MlflowClient, tmp_path: Path) -> None:
    client.create_registered_model("species")
    client.create_model_version("species", str(tmp_path))
    client.set_registered_model_alias("species", "champion", "1")
    said = str(sync(finished(tmp_path / "run", accuracy=1.0)))
    assert "version 2; version 1 stays the champion: Rookery did not register it; " in said
