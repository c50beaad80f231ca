"""Command lines of the form key=value, for every command but the training (which Hydra reads)."""

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path

from src.errors import ConfigError


def read(arguments: Sequence[str], known: Mapping[str, str], required: Sequence[str] = ()) -> dict[str, str]:
    """`known`: key → what it means. Raises ConfigError with every mistake: unknown, repeated, without =, missing."""
    options: dict[str, str] = {}
    mistakes = []
    for argument in arguments:
        key, equals, value = argument.partition("=")
        if not equals:
            mistakes.append(f"{argument!r} is not of the form key=value (quote a value with blanks)")
        elif key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
            mistakes.append(f"{key}: there is no such option; {hint}")
        elif key in options:
            mistakes.append(f"{key} is given twice")
        options[key] = value
    mistakes += [f"{key}= is missing: {known[key]}" for key in required if key not in options]
    if mistakes:
        raise ConfigError(*mistakes)
    return options


def switch(options: Mapping[str, str], key: str) -> bool:
    """Whether it is true; false where it is not given. Raises ConfigError for anything but true and false."""
    if (value := options.get(key, "false")) not in ("true", "false"):
        raise ConfigError(f"{key}={value}: must be true or false")
    return value == "true"


def check_file(key: str, value: str, suffix: str) -> None:
    """Raises ConfigError for a file to be written whose name ends otherwise, or in a folder that does not exist."""
    if Path(value).suffix != suffix:
        raise ConfigError(f"{key}={value}: required: a file whose name ends in {suffix}")
    if not Path(value).parent.is_dir():
        raise ConfigError(f"{key}={value}: the folder {Path(value).parent} does not exist; make it first")


def config_dir_of(arguments: Sequence[str]) -> tuple[Path | None, list[str]]:
    """The folder of --config-dir, and the other arguments. Raises ConfigError with every other option."""
    config_dir, others, mistakes = None, list[str](), list[str]()
    waiting = list(arguments)
    while waiting:
        argument = waiting.pop(0)
        option, _, value = argument.partition("=")
        if option == "--config-dir":
            config_dir = Path(value or (waiting.pop(0) if waiting else ""))
        elif argument.startswith("-"):
            mistakes.append(f"{argument}: there is no such option; --help shows all")
        else:
            others.append(argument)
    if mistakes:
        raise ConfigError(*mistakes)
    return config_dir, others
