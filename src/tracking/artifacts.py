"""Which files of a run folder are kept in MLflow. Checkpoints are not: they are for resuming only."""

from pathlib import Path

from src.tracking.snapshot import Snapshot

FILES = (
    *("config.yaml", "environment.txt", "history.jsonl", "metrics.json", "predictions.parquet", "report.html"),
    "log.txt",
)
FOLDERS = ("plots", "bundle")


def changed_files(run: Snapshot, before: dict[str, str]) -> dict[str, str]:
    """Name inside the folder and stamp (size, time) of the files that differ from `before`.

    While the run goes on it is config.yaml only; the rest would change with every epoch.
    """
    names = FILES[:1] if run.is_running else [*FILES, *_inside(run.path)]
    stamps = {name: _stamp(run.path / name) for name in names if (run.path / name).is_file()}
    return {name: stamp for name, stamp in stamps.items() if before.get(name) != stamp}


def _inside(folder: Path) -> list[str]:
    paths = [path for name in FOLDERS for path in (folder / name).rglob("*")]
    return sorted(path.relative_to(folder).as_posix() for path in paths if not path.name.startswith("."))


def _stamp(path: Path) -> str:
    status = path.stat()
    return f"{status.st_size} {status.st_mtime_ns}"
