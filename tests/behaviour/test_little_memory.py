"""A table that is larger than the memory that the process may take is prepared and trained from the disk."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.short_run import record_of, start

ROWS, COLUMNS = 4_000_000, 70
BESIDE = 950
"""MiB that the run may take beside what the libraries do. With 600 it ends well when it reads the rows from the disk,
with a window of 128 MiB and the columns that are worked on (on a busy machine not always with 780); with 1,050 it does
not when the learner holds them."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With large.parquet, 1.1 GB, and conf."""
    folder = tmp_path_factory.mktemp("large")
    numbers = np.random.default_rng(0).standard_normal(ROWS + COLUMNS, dtype=np.float32)
    x = {f"x{number}": numbers[number : number + ROWS] for number in range(COLUMNS)}
    table = pl.DataFrame(x | {"y": x["x0"] + x["x1"] > 0})
    table.write_parquet(folder / "large.parquet", compression="uncompressed")
    (folder / "conf" / "dataset").mkdir(parents=True)
    section = {"name": "large", "path": "large.parquet", "target": "y", "columns": {"numeric": list(x)}}
    (folder / "conf" / "dataset" / "large.yaml").write_text(json.dumps(section))
    return folder


@contextmanager
def two_cores() -> Iterator[None]:
    """What starts in here has no more: each thread takes memory, and libraries make one for each core."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(allowed)[:2])
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def run(folder: Path, rows: str) -> tuple[int, str, str]:
    """Exit code and what it printed."""
    settings = ("dataset=large", "trainer=cpu", "tracking=none", "trainer.max_epochs=1", "trainer.batch_size=8192")
    arguments = (*settings, "optimizer.lr=0.01", f"hydra.run.dir={rows}", "--config-dir=conf")
    with two_cores():
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
