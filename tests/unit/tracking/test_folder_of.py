import json
import shutil
from pathlib import Path

import pytest
from mlflow import MlflowClient

from src.errors import ConfigError
from src.tracking.folder_of import folder_of
from src.tracking.sync import sync
from tests.made_up_run import make_run


def test_the_id_of_a_run_leads_to_its_folder_while_that_is_there(client: MlflowClient, tmp_path: Path) -> None:
    assert client.tracking_uri.startswith("sqlite")
    folder = make_run(tmp_path / "run")
    sync(folder)
    run_id = json.loads((folder / "mlflow.json").read_text())["run_id"]
    assert folder_of(run_id) == folder
    shutil.rmtree(folder)
    sentence = rf"the folder of this run, {folder}, is not on this machine .*`dvc exp apply mixed-up` brings its files"
    with pytest.raises(ConfigError, match=sentence):
        folder_of(run_id)


def test_an_unknown_id_is_refused(client: MlflowClient) -> None:
    with pytest.raises(ConfigError, match=f"MLflow at {client.tracking_uri} has no such run"):
        folder_of("0" * 32)
