"""Two runs, compared by a person in MLflow's own pages. The pictures stay in build/ui."""

import shutil
import uuid
from pathlib import Path

import pytest

from src.machine import ROOT
from src.tracking.sync import sync
from tests.browser import seen
from tests.made_up_run import update

PICTURES = ROOT / "build" / "ui"
OTHER = {"hidden: [10, 10]": "hidden: [32]", "lr: 0.01": "lr: 0.003"}


@pytest.fixture
def compared(sqlite_server: str, lesson: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """`experiment runs…` of two runs that differ in two keys."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", sqlite_server)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "60")  # a busy machine
    records = []
    for name, changes in (("one", {}), ("other", OTHER)):
        folder = shutil.copytree(lesson, tmp_path / name)
        text = (folder / "config.yaml").read_text().replace("experiment: rookery", f"experiment: {tmp_path.name}")
        for before, after in changes.items():
            assert before in text
            text = text.replace(before, after)
        (folder / "config.yaml").write_text(text)
        records.append(sync(update(folder, uuid=uuid.uuid4().hex, name=name)).record)
    return " ".join([records[0]["experiment_id"], *(each["run_id"] for each in records)])


def test_the_compare_page_shows_what_differs_and_all_metrics(sqlite_server: str, compared: str) -> None:
    experiment, one, other = compared.split()
    address = f"{sqlite_server}/#/compare-runs?runs=[%22{one}%22,%22{other}%22]&experiments=[%22{experiment}%22]"
    page = seen(address, PICTURES / "compare.png", shows="best/accuracy")
    assert "Comparing 2 Runs from 1 Experiment" in page.text
    rows = {row[0]: ["".join(cell.split()) for cell in row[1:]] for row in page.rows if len(row) == 3}
    assert rows["Run Name:"] == ["one", "other"]
    parameters = {key: cells for key, cells in rows.items() if key.startswith(("dataset.", "model.", "optimizer."))}
    assert len(parameters) > 50
    differing = {key: cells for key, cells in parameters.items() if cells[0] != cells[1]}
    assert differing == {"model.hidden": ["[10,10]", "[32]"], "optimizer.lr": ["0.01", "0.003"]}
    assert not [key for key in rows if key.startswith("tracking.")]
    for name in ("train/loss", "validation/loss", "validation/accuracy", "best/log_loss", "test/accuracy", "lr"):
        assert name in page.text.splitlines()

    address = f"{sqlite_server}/#/experiments/{experiment}/runs?workflowType=machine_learning&compareRunsMode=CHART"
    page = seen(address, PICTURES / "charts.png", shows="best/accuracy")
    lines = page.text.splitlines()
    assert {"one", "other"} <= {*lines}
    for name in ("best/accuracy", "best/log_loss", "test/accuracy", "test/f1"):
        assert name in lines
