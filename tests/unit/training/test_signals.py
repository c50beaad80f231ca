import os
import signal
import subprocess
import sys

import pytest

from src.errors import StoppedError
from src.signals import SIGNALS, StopFlag


def handlers() -> list[object]:
    return [signal.getsignal(each) for each in SIGNALS]


@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_signal_is_only_noted(number: signal.Signals) -> None:
    with StopFlag() as stop:
        assert stop.number == 0
        os.kill(os.getpid(), number)
        assert stop.number == number


def test_a_second_ctrl_c_acts_at_once() -> None:
    with StopFlag() as stop:
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
        assert stop.number == signal.SIGINT


def test_a_second_sigterm_ends_the_process() -> None:
    code = (
        "import os, signal; from src.signals import StopFlag\n"
        "with StopFlag():\n"
        "    os.kill(os.getpid(), signal.SIGTERM); print('noted', flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGTERM); print('never')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("noted\n", -signal.SIGTERM)


def test_the_handlers_from_before_are_restored_whatever_happens() -> None:
    before = handlers()
    with StopFlag() as stop:
        assert handlers() == [stop._note] * 3
        os.kill(os.getpid(), signal.SIGTERM)
    assert handlers() == before
    with pytest.raises(ZeroDivisionError), StopFlag():
        _ = 1 / 0
    assert handlers() == before


def test_install_takes_the_signals_back_from_whoever_took_them() -> None:
    with StopFlag() as stop:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        stop.install()
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.number == signal.SIGTERM


def test_an_ignored_signal_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with StopFlag() as stop:
            os.kill(os.getpid(), signal.SIGHUP)
            assert stop.number == 0
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_raise_if_asked_says_which_signal_and_where() -> None:
    with StopFlag() as stop:
        stop.raise_if_asked("before the training")
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(StoppedError, match=r"Stopped by signal 15 before the training\.") as stopped:
            stop.raise_if_asked("before the training")
        assert stopped.value.exit_code == 143
