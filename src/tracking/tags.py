"""What identifies a run, as MLflow's tags. Those that start with `mlflow.` are shown in its UI's own fields."""

import json
import socket
from pathlib import Path
from typing import Any

from src.tracking.liveness import process_started
from src.tracking.parameters import shorten
from src.tracking.snapshot import Snapshot

LONGEST = 8000
"""Characters that MLflow keeps of a tag."""


def tags_of(run: Snapshot) -> dict[str, str]:
    """`data.*`, `git.*`, `config.hash`: what the run was made from; `rookery.*`: how its process is found again."""
    facts, data, git = run.facts, run.facts.get("data") or {}, run.facts.get("git") or {}
    dvc = facts.get("dvc") or {}
    card = run.path / "bundle" / "README.md"
    tags = {
        # the UI shows what follows the last slash, so a path among the overrides would be all that is seen
        "mlflow.source.name": " ".join(facts["command"].split()[:3]),
        "command": facts["command"],
        "mlflow.source.type": "LOCAL",
        "mlflow.source.git.commit": git.get("commit"),
        "mlflow.source.git.branch": git.get("branch"),
        "mlflow.note.content": card.read_text() if card.exists() else None,
        "git.branch": git.get("branch"),
        "git.dirty": git.get("dirty"),
        "data.sha256": data.get("sha256"),
        "data.dvc": data.get("dvc"),
        "data.dvc_state": data.get("dvc_state"),
        "data.rows": data.get("rows"),
        "dvc.experiment": dvc.get("experiment"),
        "dvc.baseline": dvc.get("baseline"),
        "config.hash": facts["config_hash"],
        "overrides": facts.get("overrides"),
        **{key: facts.get(key) for key in ("device", "precision", "threads", "parameters", "versions", "error")},
        **process_tags(run.path, facts),
    }
    return {key: shorten(_text(value), LONGEST) for key, value in tags.items() if value is not None}


def process_tags(folder: Path, facts: dict[str, Any]) -> dict[str, str]:
    """Of a run or a grid. `rookery.pid_started` is empty when the process has ended."""
    tags = {"status": facts["status"], "rookery.folder": str(folder.resolve())}
    if "pid" in facts and "host" in facts:
        here = facts["host"] == socket.gethostname()
        started = process_started(facts["pid"]) if here and facts["status"] == "running" else None
        tags |= {"host": facts["host"], "rookery.pid": str(facts["pid"]), "rookery.pid_started": str(started or "")}
    return tags


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
