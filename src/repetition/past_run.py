"""A finished run as its folder tells of it, whatever Rookery it was made with."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from src.config.config import hash_of
from src.config.document import read
from src.custom_code import COPY, refusal
from src.errors import ConfigError, MachineError
from src.run_folder import CHANGES

_NEEDED = ("config.yaml", "history.jsonl", "bundle/weights.safetensors")
_COMMIT = re.compile("[0-9a-f]{40,64}")


@dataclass(frozen=True)
class PastRun:
    """`record` is its run.json, `config` the plain content of its config.yaml."""

    folder: Path
    record: dict[str, Any]
    config: dict[str, Any]

    @classmethod
    def load(cls, folder: Path, allow_custom: bool = False) -> "PastRun":
        """`allow_custom`: the person's word that code in the folder may be run.

        Raises ConfigError if this is no run that is finished, or if it would have to run code without that word;
        MachineError if a file is missing or damaged, or no commit was recorded.
        """
        run = cls(folder, _record(folder), read(folder / "config.yaml").data)
        if run.record["status"] != "finished":
            raise ConfigError(f"{folder}: required: a run that is finished; this one is {run.record['status']}")
        needed = [*_NEEDED, *[COPY] * (run.network is not None)]
        if missing := [name for name in needed if not (folder / name).is_file()]:
            raise MachineError(f"{folder}: {', '.join(missing)} missing; there is nothing to compare with")
        if not _COMMIT.fullmatch(run.git.get("commit") or ""):
            raise MachineError(f"{folder}: run.json names no commit: the run was not made in a git checkout")
        if not allow_custom and (run.changes or run.network):
            raise ConfigError(refusal(f"{folder / (CHANGES if run.changes else COPY)}: to repeat this run"))
        return run

    @property
    def git(self) -> dict[str, Any]:
        return self.record["git"] or {}

    @property
    def changes(self) -> bytes:
        """Of the code beside the commit, for `git apply`; empty if there were none or not all of them were kept."""
        whole = self.git.get("diff") == "whole" and (self.folder / CHANGES).is_file()
        return (self.folder / CHANGES).read_bytes() if whole else b""

    @property
    def has_lost_changes(self) -> bool:
        return bool(self.git.get("dirty")) and self.git.get("diff") != "empty" and not self.changes

    @property
    def network(self) -> str | None:
        """Path of the Python file with the network, if it is the user's own."""
        model = self.config["model"]
        return str(model["path"]) if model["name"] == "custom" else None

    @property
    def config_hash(self) -> str:
        """Of config.yaml as it is now; run.json has that of the configuration that was trained."""
        return hash_of(self.config)


def _record(folder: Path) -> dict[str, Any]:
    if (folder / "grid.json").is_file():
        raise ConfigError(f"{folder}: is a grid; name one of its runs")
    try:
        record: dict[str, Any] = json.loads((folder / "run.json").read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        what = "holds no run.json" if folder.is_dir() else "there is no such folder"
        raise ConfigError(f"{folder}: {what}; required: the folder of a finished run") from None
    except ValueError as error:
        raise MachineError(f"{folder / 'run.json'} is damaged ({error}). Restore it.") from None
    return record
