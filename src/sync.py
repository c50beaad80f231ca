"""Mirrors run folders into MLflow: what it lacks is sent, nothing twice.

python -m src.sync                            every folder under runs/ that MLflow has not all of
python -m src.sync run=FOLDER                 one run, or one grid with its jobs
python -m src.sync follow=true                while a run trains, until standard input ends, whose first line names
                                              its folder as JSON (started by the training)
"""

import json
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from src.command_line import exit_code
from src.errors import ConfigError, MachineError
from src.loading import loading

OPTIONS = {
    "run": "the folder of a run or a grid: run=FOLDER",
    "follow": "goes on while a run does, whose folder standard input names: follow=true",
}


def sync(arguments: Sequence[str]) -> None:
    """A line for each folder. Raises ConfigError for a wrong argument, MachineError if MLflow is out of reach."""
    from src import arguments as command_line

    options = command_line.read(arguments, OPTIONS)
    if options.get("follow", "true") != "true" or len(options) > 1:
        raise ConfigError("required: nothing, run=FOLDER, or follow=true")
    if "follow" in options:
        _follow()
    elif "run" in options:
        _sync(Path(options["run"]))
    else:
        _sync_all(Path("runs"))


def _sync(folder: Path) -> None:
    with loading():
        from src.tracking.sync import sync

    print(sync(folder))


def _sync_all(root: Path) -> None:
    """A folder that cannot be sent does not keep the others back."""
    with loading():
        from src.tracking.sync import behind

    folders = behind(root)
    codes = [exit_code(partial(_sync, folder)) for folder in folders]
    if failed := sum(map(bool, codes)):
        raise MachineError(f"{failed} of {len(folders)} folders are not in MLflow")
    if not folders:
        print(f"{root}: MLflow has all of it")


def _follow() -> None:
    """Loads MLflow first, while the run is being prepared; ends with nothing done if it never begins."""
    trainer = os.getppid()
    with loading():
        from src.tracking.follow import follow
        from src.tracking.ready import get_ready

        get_ready()
    if not (line := sys.stdin.readline()):
        return
    folder = Path(json.loads(line))
    path = folder / "sync.log"
    with path.open("a") as log:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(log.fileno(), stream.fileno())
    follow(folder, trainer)
    if path.exists() and not path.stat().st_size:
        path.unlink()


def main() -> int:
    if sys.argv[1:] and sys.argv[1] in ("-h", "--help"):
        print(__doc__)
        return 0
    return exit_code(lambda: sync(sys.argv[1:]))


if __name__ == "__main__":
    sys.exit(main())
