"""What the command line asks for: options of groups, values of keys. Every mistake in it, not only the first."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException

from src.config.groups import Groups
from src.config.safety import CODE, forbidden_key, forbidden_reference, forbidden_setting, leaves
from src.config.suggest import nearest, remedy, shown
from src.custom_code import PERMISSION

FOLDERS = ("hydra.run.dir", "hydra.sweep.dir")


@dataclass
class Request:
    """`choices`: options by group; `values`: new values of single keys.

    `unclear` are groups whose option is unknown, so nothing can be said about the keys below them. `allow_custom`: code
    of the user's own may be run.
    """

    choices: dict[str, list[str]] = field(default_factory=dict)
    values: list[Override] = field(default_factory=list)
    unclear: set[str] = field(default_factory=set)
    mistakes: list[str] = field(default_factory=list)
    allow_custom: bool = False


def parse(arguments: Sequence[str], groups: Groups) -> Request:
    """Sorts the overrides of one run; those of a grid are split into single values before (`src.grid`)."""
    request = Request()
    parser = OverridesParser.create()
    for argument in rejoin(arguments, request.mistakes):
        override = parse_one(argument, parser, request.mistakes)
        if override is not None:
            _sort(override, argument, groups, request)
    return request


def parse_one(argument: str, parser: OverridesParser, mistakes: list[str]) -> Override | None:
    """None, with a sentence added to `mistakes`, if `argument` is no override that may be used."""
    key, equals, value = argument.partition("=")
    if key.startswith("~"):
        reason: str | None = "nothing can be taken away; give the key another value (null, where it may be empty)"
    elif not equals or not key.lstrip("+"):
        reason = "must be of the form key=value"
    elif not value.strip():
        reason = "nothing came after the =; write null for none"
    else:
        try:
            override = parser.parse_override(_quoted(key, value))
            reason = _forbidden(override)
        except HydraException:
            reason = _unreadable(key, value)
    if reason is None:
        return override
    mistakes.append(f"{argument}: {reason}")
    return None


def rejoin(arguments: Iterable[str], mistakes: list[str]) -> Iterator[str]:
    """Puts together again what the shell split at a blank inside of brackets, and says so in `mistakes`."""
    waiting: list[str] = []
    for argument in arguments:
        waiting.append(argument)
        joined = " ".join(waiting)
        if _open_brackets(joined) > 0 and ("=" not in argument or len(waiting) == 1):
            continue
        if len(waiting) > 1 and _open_brackets(joined) == 0:
            mistakes.append(f"{joined}: the shell split it at the blank; put it in quotes: '{joined}'")
            waiting = [joined]
        yield from waiting
        waiting = []
    yield from waiting


def _sort(override: Override, argument: str, groups: Groups, request: Request) -> None:
    key = override.key_or_group
    if override.is_sweep_override():
        request.mistakes.append(f"{argument}: several values make a grid of runs, which -m starts; a list is [1,2]")
        return
    value = override.value()
    if key == PERMISSION:
        request.allow_custom = value is True
        if not isinstance(value, bool):
            request.mistakes.append(f"{argument}: must be true or false")
    elif key in groups.options and not isinstance(value, dict):
        _choose(argument, key, value, groups, request)
    elif meant := _meant(key, str(value), groups):
        group, hint = meant
        request.choices.setdefault(group, [str(value)])
        request.mistakes.append(f"{argument}: {hint}")
    elif "/" in key:
        request.mistakes.append(f"{argument}: there is no group {key}; {remedy(key, groups.options)}")
    else:
        request.values.append(override)


def _meant(key: str, value: str, groups: Groups) -> tuple[str, str] | None:
    """The group that was meant by a misspelt one or by its name key, and a sentence."""
    group = key.removesuffix(".name")
    if group != key and group != "dataset" and value in groups.options.get(group, {}):
        return group, f"would change the name and leave the other keys; write {group}={value}"
    near = nearest(key, groups.options)
    if near and near != key and value in groups.options[near]:
        return near, f"there is no group {key}; did you mean {near}={value}?"
    return None


def _choose(argument: str, group: str, value: Any, groups: Groups, request: Request) -> None:
    """Takes optimizer=adam, debug=[fast,overfit] or debug=null; what is similar to an option in its place."""
    if value is None and groups.is_overlay(group):
        request.choices[group] = []
        return
    several = isinstance(value, list) and groups.is_overlay(group)
    options = [item if isinstance(item, str) else shown(item) for item in (value if several else [value])]
    wrong = {option: reason for option in options if (reason := groups.wrong_option(group, option))}
    request.mistakes += [f"{argument}: {reason}" for reason in wrong.values()]
    guesses = [nearest(option, groups.options[group]) if option in wrong else option for option in options]
    if None in guesses:
        request.unclear.add(group)
    else:
        request.choices[group] = [guess for guess in guesses if guess]


def _forbidden(override: Override) -> str | None:
    key = override.key_or_group
    if override.package is not None:
        return "a group cannot be put under another key (@)"
    if key.startswith("hydra") and key not in FOLDERS:
        return forbidden_setting(key)
    found = [] if override.is_sweep_override() else [*leaves(override.value(), tuple(key.split(".")))]
    codes = (forbidden_key(str(part)) for path, _ in found for part in path if part in CODE)
    references = (forbidden_reference(value) for _, value in found)
    return next(codes, None) or next(filter(None, references), None)


def _quoted(key: str, value: str) -> str:
    """Folders may hold any character without being put in quotes twice, for the shell and for Hydra."""
    return f"{key}={quote(value)}" if key in FOLDERS and value[0] not in "'\"" else f"{key}={value}"


def quote(text: str) -> str:
    """A text as Hydra's grammar takes it literally: a backslash escapes only a quote, or another one before a quote."""
    escaped = re.sub(r'(\\*)("|$)', lambda found: 2 * found[1] + ('\\"' if found[2] else ""), text)
    return f'"{escaped}"'


def _unreadable(key: str, value: str) -> str:
    if _open_brackets(value) != 0:
        return "a bracket is not closed, or closed twice"
    if value.count("'") % 2 or value.count('"') % 2:
        return "a quote is not closed"
    return f"some of its characters need quotes within the quotes for the shell: '{key}={quote(value)}'"


def _open_brackets(text: str) -> int:
    return sum(text.count(opening) for opening in "[{(") - sum(text.count(closing) for closing in "]})")
