"""Ctrl-C and friends: noted at once, acted upon where the state is whole."""

import signal
from types import FrameType, TracebackType

from src.errors import StoppedError

SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)


class StopFlag:
    """While entered, the first signal only sets `number`; a second one acts as it always does, so nobody is stuck."""

    def __init__(self) -> None:
        self.number = 0
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> "StopFlag":
        self._before = {each: signal.getsignal(each) for each in SIGNALS}
        self.install()
        return self

    def install(self) -> None:
        """Again after Lightning has put its own handlers in front, under which SIGTERM would end in exit code 0."""
        for each in SIGNALS:
            if signal.getsignal(each) is not signal.SIG_IGN:  # nohup: the caller wants SIGHUP ignored
                signal.signal(each, self._note)

    def raise_if_asked(self, where: str) -> None:
        if self.number:
            raise StoppedError(self.number, f"Stopped by signal {self.number} {where}.")

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.number = number
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        for each, handler in self._before.items():
            signal.signal(each, handler)  # type: ignore[arg-type]
