"""What a run takes of its machine, a line of system.jsonl every ten seconds; MLflow shows it under System metrics."""

import json
import shutil
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from src.tracking.snapshot import RUNNING, SYSTEM, read_json

SECONDS = 10.0
"""Between two lines."""
FIRST = 1.0
"""Seconds before the first one, over which the use of the processor is counted."""

_ASKED = ("utilization.gpu", "memory.used")
_MB = 1e6


class System:
    """Of the run in `folder`. The names are those of MLflow's own monitor, where it has such a number."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        psutil.cpu_percent()  # counts from here
        self.next = time.monotonic() + FIRST

    def look(self) -> None:
        """Writes a line if it is time for one and the run is going on."""
        path = self.folder / "run.json"
        if time.monotonic() < self.next or not path.exists():
            return
        facts = read_json(path)
        if facts["status"] == RUNNING:
            self.next = time.monotonic() + SECONDS
            with (self.folder / SYSTEM).open("a", encoding="utf-8") as file:
                file.write(json.dumps(_used(facts)) + "\n")


def _used(facts: dict[str, Any]) -> dict[str, float]:
    """Of the whole machine, and the memory of the run's process."""
    memory = psutil.virtual_memory()
    used = {
        "cpu_utilization_percentage": psutil.cpu_percent(),
        "system_memory_usage_megabytes": round((memory.total - memory.available) / _MB),
        "system_memory_usage_percentage": memory.percent,
    }
    with suppress(psutil.NoSuchProcess):
        used["process_memory_megabytes"] = round(psutil.Process(facts["pid"]).memory_info().rss / _MB)
    return used | (_gpus() if facts.get("device") == "gpu" else {})


def _gpus() -> dict[str, float]:
    """Nothing without NVIDIA's own program."""
    if shutil.which("nvidia-smi") is None:
        return {}
    command = ["nvidia-smi", f"--query-gpu={','.join(_ASKED)}", "--format=csv,noheader,nounits"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    used = {}
    for number, line in enumerate(answer.splitlines()):
        utilization, memory = line.split(",")
        used[f"gpu_{number}_utilization_percentage"] = float(utilization)
        used[f"gpu_{number}_memory_usage_megabytes"] = float(memory)
    return used
