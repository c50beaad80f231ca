"""Repeats a finished run and says whether it is the same to the last bit, and if not, what is otherwise.

    python -m src.rerun RUN                       RUN: a run folder, also one of a grid or a cross-validation, or an
                                                  MLflow run id whose folder is on this machine
    python -m src.rerun RUN allow_custom=true     lets it run code that lies in the run folder: a network of your own
                                                  (network.py), or what was not committed when it started (code.diff)

The code is that of the recorded commit (in a git worktree for this time only, below TMPDIR), the data that with the
recorded SHA-256 (here, or from DVC), the configuration the run's config.yaml, the number of threads the recorded one.
Libraries and machine are those of now. The repeated run is not kept, and MLflow does not hear of it.

Exit codes: 0 the same, 1 not the same, 2 no finished run, 3 its data is gone, 4 its code is gone or fails now.
"""

import re
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from src.command_line import exit_code
from src.custom_code import PERMISSION

if TYPE_CHECKING:
    from src.repetition.past_run import PastRun

NOT_THE_SAME = 1
OPTIONS = {PERMISSION: f"{PERMISSION}=true lets code that lies in the run folder be run"}


def rerun(arguments: Sequence[str]) -> int:
    """0 or NOT_THE_SAME. Raises ConfigError, DataError or MachineError if the run cannot be repeated."""
    from src import arguments as command_line

    options = command_line.read(arguments[1:], OPTIONS)
    allowed = command_line.switch(options, PERMISSION)
    from src.repetition.past_run import PastRun

    run = PastRun.load(_folder(arguments[0]), allowed)
    with TemporaryDirectory(prefix="rookery-rerun-") as scratch:
        again = Path(scratch) / "run"
        _repeat(run, Path(scratch) / "code", again)
        return _judge(run, again)


def _folder(name: str) -> Path:
    folder = Path(name)
    if folder.exists() or not re.fullmatch("[0-9a-f]{32}", name):
        return folder
    from src.tracking.folder_of import folder_of  # costs the import of MLflow

    return folder_of(name)


def _repeat(run: "PastRun", place: Path, again: Path) -> None:
    from src.repetition import code, data, training

    with code.checked_out(run, place):
        _say("code", code.said(run))
        found = data.place_of(run, place)
        _say("data", f"{run.record['data']['path']}, SHA-256 {run.record['data']['sha256']}")
        training.repeat(run, place, found, again)


def _judge(run: "PastRun", again: Path) -> int:
    from src.repetition import circumstances, comparison

    for about, text in circumstances.differences(run, again):
        _say(about, text)
    apart = list(comparison.differences(run.folder, again))
    for about, text in apart:
        _say(about, text)
    if apart:
        print("not the same")
        return NOT_THE_SAME
    evaluated = (run.folder / comparison.METRICS).exists()
    others = ", history and metrics" if evaluated else " and history"
    digest = comparison.weights_digest(again)
    print(f"the same: weights (SHA-256 {digest}){others} are identical to the last bit")
    return 0


def _say(about: str, text: str) -> None:
    print(f"{about:<16}{text}", flush=True)


def main() -> int:
    if not sys.argv[1:] or {"-h", "--help"} & {*sys.argv[1:]}:
        print(__doc__)
        return 0
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # so that nothing is left behind
    codes: list[int] = []
    return exit_code(lambda: codes.append(rerun(sys.argv[1:]))) or codes[0]


if __name__ == "__main__":
    sys.exit(main())
