"""A table that is larger than the memory that the process may take is prepared and trained from the disk."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.short_run import record_of, start

ROWS, COLUMNS = 2_000_000, 60
BESIDE = 550
"""MiB that the run may take beside what the libraries do; the rows alone take more when the learner holds them, with
the window of 128 MiB and the columns that are worked on they do not."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With large.parquet, 480 MB, and conf."""
    folder = tmp_path_factory.mktemp("large")
    generator = np.random.default_rng(0)
    x = {f"x{number}": generator.standard_normal(ROWS, dtype=np.float32) for number in range(COLUMNS)}
    table = pl.DataFrame(x | {"y": x["x0"] + x["x1"] > 0})
    table.write_parquet(folder / "large.parquet", compression="uncompressed")
    (folder / "conf" / "dataset").mkdir(parents=True)
    section = {"name": "large", "path": "large.parquet", "target": "y", "columns": {"numeric": list(x)}}
    (folder / "conf" / "dataset" / "large.yaml").write_text(json.dumps(section))
    return folder


def run(folder: Path, rows: str) -> tuple[int, str, str]:
    """Exit code and what it printed."""
    settings = ("dataset=large", "trainer=cpu", "tracking=none", "trainer.max_epochs=1", "trainer.batch_size=8192")
    arguments = (*settings, "optimizer.lr=0.01", f"hydra.run.dir={rows}", "--config-dir=conf")
    process = start("tests.limited_run", str(BESIDE), rows, *arguments, cwd=folder)
    out, err = process.communicate(timeout=240)
    return process.returncode, out, err


def test_rows_that_do_not_fit_are_read_from_the_disk(folder: Path) -> None:
    """And in memory, where they do not fit, the same run ends with an error: the limit is one."""
    code, out, err = run(folder, "streamed")
    assert (code, err) == (0, ""), out
    assert "more than is free: each epoch reads them from the disk" in out.split("trained ")[0]
    assert record_of(folder / "streamed")["status"] == "finished"
    metrics = json.loads((folder / "streamed" / "metrics.json").read_text())
    assert metrics["test"]["accuracy"] > 0.9

    code, out, err = run(folder, "held")
    assert "rows take" in out
    assert (code, err.startswith("The memory is used up.")) == (4, True), err
