"""Signals to the run that is going on, not to the grid that waits for it."""

import signal
import subprocess
from collections.abc import Sequence
from types import FrameType, TracebackType
from typing import Any


class Forwarded:
    """While entered, signals go to the run that is going on, which leaves a checkpoint and ends; then the grid does."""

    def __init__(self) -> None:
        self.number = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> "Forwarded":
        for each in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(each) is not signal.SIG_IGN:  # nohup: the caller wants SIGHUP ignored
                self._before[each] = signal.signal(each, self._forward)
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        for each, handler in self._before.items():
            signal.signal(each, handler)

    def run(self, command: Sequence[str], environment: dict[str, str]) -> int | None:
        """The exit code, 128 + number after a signal; None if a signal came before the start."""
        if self.number:
            return None
        # In a session of its own, or Ctrl-C would reach the run twice: from the terminal and from here.
        self._process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, start_new_session=True)
        if self.number:
            self._process.send_signal(self.number)
        code = self._process.wait()
        self._process = None
        return code if code >= 0 else 128 - code

    def _forward(self, number: int, _frame: FrameType | None) -> None:
        self.number = self.number or number
        if self._process is not None:
            self._process.send_signal(number)
