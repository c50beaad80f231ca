"""What can go wrong for a reason that a user can mend, each with its exit code.

Every message says what was required, what came, where it stands (file, key, column, row) and what to do.
States that cannot occur are asserted, not raised from here.
"""


class RookeryError(Exception):
    """Base of all errors that are shown as one screen of text without a traceback."""

    exit_code = 1


class ConfigError(RookeryError):
    """The configuration (YAML or overrides) is wrong; `mistakes` holds one sentence for each, all found at once."""

    exit_code = 2

    def __init__(self, *mistakes: str) -> None:
        self.mistakes = mistakes
        super().__init__(_numbered("Configuration", mistakes))


class DataError(RookeryError):
    """The data contradicts the configuration or itself."""

    exit_code = 3


class MachineError(RookeryError):
    """The surroundings failed: disk, permission, lock, device, a damaged checkpoint or bundle."""

    exit_code = 4


class DivergedError(RookeryError):
    """The loss became NaN or infinite; the last finite weights were kept."""

    exit_code = 5


class StoppedError(RookeryError):
    """A signal ended the run; the exit code is 128 + its number (130 for Ctrl-C, 143 for SIGTERM)."""

    def __init__(self, signal_number: int, message: str) -> None:
        self.exit_code = 128 + signal_number
        self.signal_number = signal_number
        super().__init__(message)

    def with_remedy(self, remedy: str) -> "StoppedError":
        return StoppedError(self.signal_number, f"{self} {remedy}")


def _numbered(subject: str, mistakes: tuple[str, ...]) -> str:
    if len(mistakes) == 1:
        return f"{subject}: {mistakes[0]}"
    lines = [f"  {number}. {mistake}" for number, mistake in enumerate(mistakes, 1)]
    return "\n".join([f"{subject}: {len(mistakes)} mistakes; nothing was started.", *lines])
