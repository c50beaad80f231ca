"""Which files of a run folder are kept in MLflow. Checkpoints are not: they are for resuming only. Nor is the bundle:
it is inside of the logged model."""

from pathlib import Path

from src.custom_code import COPY
from src.run_folder import CHANGES, CONF
from src.tracking.snapshot import Snapshot

COMPARISONS = "comparisons"
"""Folder of a run, or of a grid, with the pages that compare it with others."""

BEGUN = ("config.yaml", f"{CONF}/", "environment.txt", CHANGES, COPY)
"""What is there from the start of a run and stays as it is: from which configuration, code and packages it was made. A
name that ends in / is a folder's."""
ENDED = (
    *("history.jsonl", "metrics.json", "predictions.parquet", "report.html", "log.txt"),
    *("plots/", f"{COMPARISONS}/"),
)


def changed_files(run: Snapshot, before: dict[str, str]) -> dict[str, str]:
    """Name inside the folder and stamp (size, time) of the files that differ from `before`.

    While the run goes on they are those of BEGUN only; the rest would change with every epoch.
    """
    return _changed(run.path, BEGUN if run.is_running else (*BEGUN, *ENDED), before)


def changed_comparisons(folder: Path, before: dict[str, str]) -> dict[str, str]:
    """The same of the pages in the folder of a grid or a cross-validation."""
    return _changed(folder, (f"{COMPARISONS}/",), before)


def _changed(folder: Path, names: tuple[str, ...], before: dict[str, str]) -> dict[str, str]:
    paths = [path for name in names for path in _paths(folder, name) if path.is_file()]
    stamps = {path.relative_to(folder).as_posix(): _stamp(path) for path in paths}
    return {name: stamp for name, stamp in stamps.items() if before.get(name) != stamp}


def _paths(folder: Path, name: str) -> list[Path]:
    if not name.endswith("/"):
        return [folder / name]
    return sorted(path for path in (folder / name).rglob("*") if not path.name.startswith("."))


def _stamp(path: Path) -> str:
    status = path.stat()
    return f"{status.st_size} {status.st_mtime_ns}"
