"""The Python file of a network of the user's own (`model=custom`): what is known of it without running it.

It is run by `src.models.custom` alone, and only where a person has said so: with `allow_custom=true` on the command
line or, where a command takes no such word (`dvc repro`, `mlflow models serve`), in the environment.
"""

import hashlib
import os
import shlex
from pathlib import Path

from src.errors import ConfigError

COPY = "network.py"
"""Name of the copy in a run folder and in a bundle."""

PERMISSION = "allow_custom"
"""The word on the command line; `true` opens the door."""

VARIABLE = "ROOKERY_ALLOW_CUSTOM"
"""Of the environment; likewise."""


def allowed_by_environment() -> bool:
    return os.environ.get(VARIABLE) == "true"


def command(module: str, *arguments: str, custom: bool) -> str:
    """A command for people, ready to be pasted into a shell; `custom`: with the word, as the model has such a file."""
    return shlex.join(["python", "-m", module, *arguments, *[f"{PERMISSION}=true"] * custom])


def refusal(what: str) -> str:
    """The sentence where nobody has opened the door."""
    return (
        f"{what} runs Python code that is not Rookery's, with all that you may do on this machine. If you trust it: "
        f"{PERMISSION}=true on the command line, or {VARIABLE}=true before a command that does not take this"
    )


def read(path: Path, sha256: str | None = None) -> bytes:
    """The file, as it was noted by `sha256`. Raises ConfigError if it is not there or another one."""
    try:
        code = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"model.path: {path} cannot be read: {error.strerror}") from None
    if sha256 not in (None, digest(code)):
        raise ConfigError(
            f"model.path: {path} is not what model.sha256 says: required {sha256}, found {digest(code)}. A run and its "
            f"bundle keep a copy of their file, {COPY}"
        )
    return code


def digest(code: bytes) -> str:
    return hashlib.sha256(code).hexdigest()
