"""A run folder as it is at one moment; it may grow meanwhile. Imports no mlflow."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from src.errors import ConfigError, MachineError
from src.monitor import Monitor

RUNNING = "running"
SYSTEM = "system.jsonl"


@dataclass(frozen=True)
class Snapshot:
    """One reading of run.json (`facts`), config.yaml, history.jsonl, metrics.json and system.jsonl."""

    path: Path
    facts: dict[str, Any]
    config: dict[str, Any]
    history: list[dict[str, Any]]
    metrics: dict[str, dict[str, Any]]
    system: list[dict[str, float]]

    @classmethod
    def read(cls, path: Path) -> "Snapshot":
        """Raises ConfigError where no run.json is, MachineError for a damaged file."""
        if not (path / "run.json").is_file():
            raise ConfigError(f"{path} is not a run folder: it holds no run.json")
        config = path / "config.yaml"
        return cls(
            path,
            facts=read_json(path / "run.json"),
            config=yaml.safe_load(config.read_text()) or {} if config.exists() else {},
            history=_read_lines(path / "history.jsonl"),
            metrics=read_json(path / "metrics.json") if (path / "metrics.json").exists() else {},
            system=_read_lines(path / SYSTEM),
        )

    @property
    def deciding(self) -> Monitor:
        """What tells whether the run, which has metrics, is better than another one."""
        return Monitor.between_runs(self.config.get("trainer", {}).get("monitor", "loss"), self.metrics["validation"])

    @property
    def is_running(self) -> bool:
        return bool(self.facts["status"] == RUNNING)


def facts_file(folder: Path) -> Path:
    """grid.json of a grid's folder, else run.json."""
    grid = folder / "grid.json"
    return grid if grid.exists() else folder / "run.json"


def read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text())
    except json.JSONDecodeError as error:
        raise MachineError(f"{path} is damaged: {error}") from None


def milliseconds(time: str) -> int:
    """ISO 8601 to milliseconds since 1970, as MLflow counts."""
    return round(datetime.fromisoformat(time).timestamp() * 1000)


def _read_lines(path: Path) -> list[dict[str, Any]]:
    """Whole lines only: the last one may be half-written, now or for ever."""
    if not path.exists():
        return []
    lines = path.read_text().split("\n")[:-1]
    try:
        return [json.loads(line) for line in lines]
    except json.JSONDecodeError as error:
        raise MachineError(f"{path} is damaged: {error}") from None
