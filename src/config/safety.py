"""What no YAML file and no override may say, checked before Hydra sees it.

Hydra builds objects from import paths (`_target_`), and its own settings (`hydra.callbacks`, `hydra.job_logging`) run
code before the program does. Components are chosen by name here, so none of that is ever needed.
"""

import re
from collections.abc import Iterator
from typing import Any

from src.config.document import Document, KeyPath
from src.custom_code import PERMISSION

CODE = {"_target_", "_partial_", "_args_", "_recursive_", "_convert_"}
_REFERENCE = re.compile(r"\$\{(?:now:[^${}]*|(?!hydra\b)[\w.-]+)\}")
_PACKAGE = re.compile(r"^\s*#\s*@package\s+(\S+)", re.MULTILINE)
_PRIMARY_MAY_SET = {"output_subdir", "run", "sweep"}


def unsafe(document: Document, *, primary: bool, overlay: bool) -> Iterator[str]:
    """One sentence for each forbidden thing. `primary`: conf/config.yaml, the only one that names the run folders."""
    for path, value in leaves(document.data):
        for depth, key in enumerate(path, 1):
            if key in CODE:
                yield f"{document.at(*path[:depth])}: {forbidden_key(str(key))}"
        if not (primary and path[:1] == ("hydra",)) and (reason := forbidden_reference(value)):
            yield f"{document.at(*path)}: {reason}"
    if PERMISSION in document.data:
        yield f"{document.at(PERMISSION)}: {PERMISSION} is for the command line only; no file may allow code to be run"
    settings = document.data.get("hydra", {})
    for key in settings if isinstance(settings, dict) else ["hydra"]:
        if not (primary and key in _PRIMARY_MAY_SET):
            yield f"{document.at('hydra', key)}: {forbidden_setting(f'hydra.{key}')}"
    packages = _PACKAGE.findall(document.text)
    if overlay and not packages:
        yield f"{document.at()}: an overlay begins with the line `# @package _global_`"
    for package in packages:
        if not (overlay and package == "_global_"):
            yield f"{document.at()}: # @package {package} is not allowed here; keys go where the file's group is"


def forbidden_key(key: str) -> str:
    return f"{key} is not allowed: components are chosen by name, never by import path"


def forbidden_setting(key: str) -> str:
    return f"{key} is a setting of Hydra's own, which could run code before the program; only folders can be chosen"


def forbidden_reference(value: Any) -> str | None:
    """A sentence if `value` is a text with any `${...}` but `${section.key}` and `${now:FORMAT}`."""
    if not isinstance(value, str) or value.count("${") == len(_REFERENCE.findall(value)):
        return None
    return f"{value!r} must not use any ${{...}} but ${{section.key}} and ${{now:FORMAT}}"


def leaves(value: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Each value that is no section or list (or an empty one), with the keys that lead to it."""
    match value:
        case dict() if value:
            for key, item in value.items():
                yield from leaves(item, (*path, key))
        case list() if value:
            for index, item in enumerate(value):
                yield from leaves(item, (*path, index))
        case _:
            yield path, value
