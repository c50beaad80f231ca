"""mlflow.json: where the run of a folder is in MLflow, and what of it was sent. Imports no mlflow."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock

from src.tracking.snapshot import RUNNING, facts_file, read_json


def read_record(folder: Path) -> dict[str, Any]:
    """Empty where nothing was sent yet."""
    path = folder / "mlflow.json"
    return read_json(path) if path.exists() else {}


def is_mirrored(folder: Path, uri: str) -> bool:
    """The run or grid has ended, and MLflow at `uri` has all of it."""
    record, facts = read_record(folder), read_json(facts_file(folder))
    ended = facts["status"] != RUNNING
    same = all(record.get(key) == facts.get(key) for key in ("status", "ended"))
    return ended and same and record.get("tracking_uri") == uri


@contextmanager
def sole_writer(folder: Path) -> Iterator[None]:
    """One process at a time mirrors a folder. Unlinking a file whose lock is held is safe: waiters notice it."""
    path = folder / ".mlflow.lock"
    with FileLock(path):
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
