"""Mirrors run folders into MLflow: what it lacks is sent, nothing twice.

    python -m src.sync                            every folder under runs/ that MLflow has not all of
    python -m src.sync run=FOLDER                 one run, or one grid with its jobs
    python -m src.sync run=FOLDER follow=true     while it trains, until standard input ends (started by the training)
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from src.errors import ConfigError, RookeryError


def main(arguments: Sequence[str]) -> int:
    """Returns the exit code: 0, 2 for a wrong argument, 4 if MLflow could not be reached."""
    try:
        options = dict(argument.partition("=")[::2] for argument in arguments)
        if options.keys() - {"run", "follow"} or options.get("follow", "true") not in ("true", "false"):
            raise ConfigError(f"src.sync takes run=FOLDER and follow=true, not: {' '.join(arguments)}")
        if "run" not in options:
            return max(map(_sync, _folders()), default=0)
        folder = Path(options["run"])
        return _follow(folder) if options.get("follow") == "true" else _sync(folder)
    except RookeryError as error:
        print(error, file=sys.stderr)
        return error.exit_code


def _folders() -> list[Path]:
    from src.tracking.sync import behind

    folders = behind(Path("runs"))
    if not folders:
        print("runs/: MLflow has all of it")
    return folders


def _sync(folder: Path) -> int:
    from src.tracking.sync import sync

    try:
        print(sync(folder))
    except RookeryError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def _follow(folder: Path) -> int:
    os.nice(10)  # training goes first
    from src.tracking.follow import follow

    code = follow(folder)
    log = folder / "sync.log"
    if log.exists() and not log.stat().st_size:
        log.unlink()
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
