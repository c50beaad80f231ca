"""Plain values to `Config`, or every mistake in them: key, what it must be, what came, where it stands."""

import math
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from src.config.config import Config
from src.config.custom import Custom
from src.config.describe import branches, describe, literals, names_of, unwrap
from src.config.document import KeyPath
from src.config.place import Place, place
from src.config.safety import leaves
from src.config.suggest import nearest, remedy, shown
from src.custom_code import refusal

Where = Callable[[KeyPath], str]
"""Says where the value of a key was written: `file:line` or `command line`."""


def validate(
    tree: dict[str, Any], where: Where, allow_custom: bool = False
) -> tuple[Config | None, dict[KeyPath, str]]:
    """The configuration (None if there is any mistake), and one sentence for each wrong key.

    `allow_custom`: whether the person wants code of the user's own to be run.
    """
    mistakes: dict[KeyPath, str] = {}
    for path, value in leaves(tree):
        if isinstance(value, float) and not math.isfinite(value):
            mistakes[path] = f"{dotted(path)}: must be a finite number; got {value} ({where(path)})"
    try:
        config = Config.model_validate(tree)
    except ValidationError as error:
        for details in error.errors():
            if (found := place(details["loc"], tree)) is not None:
                path, sentence = _sentence(details, found, tree, where)
                mistakes.setdefault(path, sentence)
        return None, mistakes
    if isinstance(config.model, Custom) and not allow_custom:
        mistakes["model", "name"] = f"model.name: {refusal('custom')} ({where(('model', 'name'))})"
    return None if mistakes else config, mistakes


def dotted(path: KeyPath) -> str:
    """`model.hidden[1]`"""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).removeprefix(".")


def _sentence(details: ErrorDetails, at: Place, tree: dict[str, Any], where: Where) -> tuple[KeyPath, str]:
    path, value = at.path, details["input"]
    match details["type"]:
        case "extra_forbidden":
            return path, _unknown(at, value, tree, where)
        case "missing":
            about = f" ({at.kind.description})" if at.kind.description else ""
            return path, f"{dotted(path)}: is required{about}; nothing came ({where(path)})"
        case "union_tag_invalid" | "union_tag_not_found":
            path = (*path, "name")
            names = names_of(branches(unwrap(at.kind)[0]))
            return path, _wrong(path, f"one of {', '.join(names)}", value.get("name"), names, where)
        case "value_error":
            reason = str(details["ctx"]["error"])
            key, colon, rest = reason.partition(": ")
            if colon and key.split(".")[0] in value:
                path, reason = (*path, *key.split(".")), rest
            return path, f"{dotted(path)}: {reason} ({where(path)})"
    sentence = _wrong(path, describe(at.kind), value, literals(at.kind), where)
    needs_quotes = isinstance(value, bool | int | float) and "a text" in describe(at.kind)
    return path, f"{sentence}; put it in quotes if it is a text" if needs_quotes else sentence


def _wrong(path: KeyPath, requirement: str, value: Any, names: list[str], where: Where) -> str:
    near = nearest(value, names) if isinstance(value, str) else None
    hint = f"; did you mean {near}?" if near else ""
    return f"{dotted(path)}: must be {requirement}; got {shown(value)} ({where(path)}){hint}"


def _unknown(at: Place, value: Any, tree: dict[str, Any], where: Where) -> str:
    """A key that no class has: perhaps misspelt, perhaps one of another section."""
    path, name = at.path, str(at.path[-1])
    elsewhere = {str(known[-1]): dotted(known) for known, _ in leaves(tree) if known[: len(path)] != path}
    if name in elsewhere:
        hint = f"did you mean {elsewhere[name]}?"
    elif near := nearest(name, at.section.model_fields):
        hint = f"did you mean {dotted((*path[:-1], near))}?"
    elif len(path) == 1 and (near := nearest(name, elsewhere)):
        hint = f"did you mean {elsewhere[near]}?"
    else:
        hint = remedy(name, at.section.model_fields)
    while isinstance(value, dict) and len(value) == 1:
        [(key, value)] = value.items()
        path = (*path, key)
    what = "such key" if len(at.path) > 1 else f"group or key {name}"
    return f"{dotted(path)}: there is no {what}; got {shown(value)} ({where(path)}); {hint}"
