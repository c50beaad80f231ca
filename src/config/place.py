"""Where in the configuration classes an error of pydantic lies."""

from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from src.config.config import Config
from src.config.describe import branches, unwrap
from src.config.document import KeyPath


@dataclass(frozen=True)
class Place:
    """The keys down to a value, the type it must have (None: no such key), the section that the last key is in."""

    path: KeyPath = ()
    kind: Any = Config
    section: type[BaseModel] = Config


def place(loc: tuple[str | int, ...], tree: Any) -> Place | None:
    """Reads `loc` beside the classes, because pydantic mixes labels of union members into it.

    `("model", "dropout", "list[constrained-float]", 1)` is the key `model.dropout[1]`. None for an error in a member
    that the value was not meant for: a list is measured by the member that is a list, a mapping by one that is a
    mapping, anything else by the whole union.
    """
    found, value = Place(), tree
    for step in loc:
        kind, _ = unwrap(found.kind)
        members = [member for member in branches(kind) if member is not type(None)]
        if len(members) > 1:
            member = next((member for member in members if _label(member, step)), None)
            if not isinstance(value, list | dict) or (member is None and not _any_list(members)):
                return found
            if member is None or not _meant(member, members, value):
                return None
            found = Place(found.path, member, found.section)
            continue
        found = _step(found, unwrap(members[0])[0] if members else kind, step)
        value = _item(value, step)
    return found


def _step(found: Place, kind: Any, step: str | int) -> Place:
    path = (*found.path, step)
    if is_section(kind):
        return Place(path, kind.model_fields.get(step), kind)
    return Place(path, get_args(kind)[-1], found.section)


def is_section(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _label(member: Any, step: str | int) -> bool:
    """Pydantic labels a section by its field `name`, else by its class, a list by `list[...]`."""
    kind, _ = unwrap(member)
    if is_section(kind):
        return bool(step == (kind.model_fields["name"].default if "name" in kind.model_fields else kind.__name__))
    return get_origin(kind) in (list, dict) and str(step).startswith(f"{get_origin(kind).__name__}[")


def _meant(member: Any, members: list[Any], value: Any) -> bool:
    """Whether the member is of the value's shape, or none is."""
    alike = [each for each in members if _shape(each) is type(value)]
    return not alike or member in alike


def _shape(member: Any) -> Any:
    kind, _ = unwrap(member)
    return dict if is_section(kind) else get_origin(kind)


def _any_list(members: list[Any]) -> bool:
    return any(_label(member, "list[") for member in members)


def _item(value: Any, key: str | int) -> Any:
    try:
        return value[key]
    except (KeyError, IndexError, TypeError):
        return None
