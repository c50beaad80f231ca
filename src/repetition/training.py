"""A run once more: its configuration, in a process of its own, by the code of its commit.

That code need not know that it can be repeated. It goes on with a run folder that was prepared for it, as with one that
was stopped before its first checkpoint (`src.train resume=`): which takes the configuration from the folder, not from
conf/, and the number of threads from run.json, and refuses another configuration or other data than run.json has.
"""

import os
import subprocess
import sys
from pathlib import Path

from src.atomic import write_bytes, write_json
from src.config.document import write
from src.custom_code import COPY, PERMISSION
from src.errors import ConfigError, MachineError
from src.repetition.past_run import PastRun

_OF_OTHERS = ("ROOKERY_", "LOCAL_RANK", "NODE_RANK", "WORLD_SIZE", "MASTER_")
"""What tells a process that it is a part of some other run or grid."""


def repeat(run: PastRun, code: Path, place: Path, folder: Path) -> None:
    """Trains into the new folder `folder` with the code in `code`, from the current folder `place`. Tracks nothing.

    Raises MachineError if that fails; why is then on the terminal.
    """
    _prepare(run, folder)
    command = [sys.executable, "-m", "src.train", f"resume={folder}"]
    if run.network is not None:
        _restore_network(run.network, (run.folder / COPY).read_bytes(), code, folder)
        command.append(f"{PERMISSION}=true")
    done = subprocess.run(command, cwd=place, env=_environment(code), stdout=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise MachineError(f"The training by the code of {run.git['commit'][:12]} ended with {done.returncode}.")


def _prepare(run: PastRun, folder: Path) -> None:
    (folder / "checkpoints").mkdir(parents=True)
    again = run.config | {"tracking": run.config["tracking"] | {"enabled": False}}
    if "changed" in run.config["dataset"]:  # since then, DVC may have been given other data; those of then were found
        again["dataset"] = run.config["dataset"] | {"changed": "allow"}
    write_bytes(folder / "config.yaml", write(again).encode())
    write_json(folder / "run.json", run.record | {"status": "killed", "config_hash": run.config_hash})


def _restore_network(path: str, content: bytes, code: Path, folder: Path) -> None:
    """The copy that the run kept, also where the configuration has the file; one outside the project must still be
    there. Raises ConfigError."""
    write_bytes(folder / COPY, content)
    if Path(path).is_absolute():
        return
    if not (code / path).resolve().is_relative_to(code.resolve()):
        raise ConfigError(f"model.path: {path} leads out of the project; the run cannot be repeated")
    (code / path).parent.mkdir(parents=True, exist_ok=True)
    write_bytes(code / path, content)


def _environment(code: Path) -> dict[str, str]:
    """In which `python -m src` is the code in `code`, not what lies in the current folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OF_OTHERS)}
    return kept | {"PYTHONPATH": str(code), "PYTHONSAFEPATH": "1"}
