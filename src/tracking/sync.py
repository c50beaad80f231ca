"""Brings MLflow up to what a run folder, or a grid's folder, says."""

from pathlib import Path

from src.tracking.grid import sync_grid, tracking_section
from src.tracking.liveness import is_dead
from src.tracking.location import tracking_uri
from src.tracking.record import is_mirrored
from src.tracking.run_mirror import RunMirror
from src.tracking.snapshot import RUNNING, facts_file, read_json
from src.tracking.sync_result import SyncResult


def sync(folder: Path) -> SyncResult:
    """Sends what MLflow lacks, nothing twice; may be repeated, or killed, at any time.

    Raises ConfigError if `folder` is neither a run's nor a grid's, MachineError if MLflow cannot be reached.
    """
    return sync_grid(folder) if (folder / "grid.json").exists() else RunMirror(folder).push()


def behind(root: Path) -> list[Path]:
    """Folders under `root` that have ended and that MLflow lacks something of; grids after their jobs."""
    folders = [path.parent for name in ("run.json", "grid.json") for path in sorted(root.rglob(name))]
    return [folder for folder in folders if _is_behind(folder)]


def _is_behind(folder: Path) -> bool:
    facts, section = read_json(facts_file(folder)), tracking_section(folder)
    going_on = facts["status"] == RUNNING and not is_dead(facts)
    return section.get("enabled", True) and not going_on and not is_mirrored(folder, tracking_uri(section.get("uri")))
