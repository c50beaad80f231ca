"""Whether the process behind a run is still there, and what to do when it is not. Imports no mlflow."""

import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from src.atomic import write_json
from src.tracking.snapshot import RUNNING, facts_file, read_json


def is_dead(facts: dict[str, Any]) -> bool:
    """run.json or grid.json says that it runs, on this machine, but the process is gone (kill -9, power cut)."""
    here = facts.get("host") == socket.gethostname()
    return facts["status"] == RUNNING and here and process_started(facts["pid"]) is None


def mark_killed(folder: Path) -> None:
    """Ends a run or grid whose process cannot do so any more, at its last sign of life.

    Call it only when that process is gone: then nobody else writes that file.
    """
    path = facts_file(folder)
    facts = read_json(path)
    if facts["status"] == RUNNING:
        signs = [folder / name for name in (path.name, "history.jsonl", "log.txt")]
        last = max(sign.stat().st_mtime for sign in signs if sign.exists())
        write_json(path, facts | {"status": "killed", "ended": datetime.fromtimestamp(last, UTC).isoformat()})


def process_started(pid: int) -> float | None:
    """Seconds since 1970 when the process was started; None if it has ended. Tells a reused pid from the first."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.NoSuchProcess:
        return None
