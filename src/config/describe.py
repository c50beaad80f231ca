"""The type of a field in words: what its value must be."""

from collections.abc import Iterable
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

_PLAIN = {int: "a whole number", float: "a number", str: "a text", bool: "true or false", NoneType: "null"}


def describe(kind: Any) -> str:
    """For instance "a whole number of at least 1, or auto"."""
    kind, limits = unwrap(kind)
    if members := branches(kind):
        if all(isinstance(member, type) and "name" in getattr(member, "model_fields", ()) for member in members):
            return f"a section whose name is one of {', '.join(names_of(members))}"
        return ", or ".join(describe(member) for member in members)
    if get_origin(kind) is Literal:
        names = [str(name) for name in get_args(kind)]
        return names[0] if len(names) == 1 else f"one of {', '.join(names)}"
    if get_origin(kind) is list:
        return f"a list{_size(limits)}, each {describe(get_args(kind)[0])}"
    if get_origin(kind) is dict:
        return f"a section of names, each with {describe(get_args(kind)[1])}"
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return f"a section with {', '.join(kind.model_fields)}" if kind.model_fields else "an empty section"
    bounds = " and ".join(filter(None, map(_bound, limits)))
    return f"{_PLAIN[kind]} {bounds}".rstrip()


def unwrap(kind: Any) -> tuple[Any, list[Any]]:
    """The type without its `Annotated`, and the limits that stood there."""
    if isinstance(kind, FieldInfo):
        return kind.annotation, kind.metadata
    if get_origin(kind) is not Annotated:
        return kind, []
    inner, *notes = get_args(kind)
    limits = [limit for note in notes for limit in (note.metadata if isinstance(note, FieldInfo) else [note])]
    return inner, limits


def branches(kind: Any) -> tuple[Any, ...]:
    """The members of a union; nothing for any other type."""
    return get_args(kind) if get_origin(kind) in (Union, UnionType) else ()


def names_of(sections: Iterable[type[BaseModel]]) -> list[str]:
    """What the key `name` of each of them says."""
    return [section.model_fields["name"].default for section in sections]


def literals(kind: Any) -> list[str]:
    """All texts that the type names, also in lists and unions."""
    kind, _ = unwrap(kind)
    if get_origin(kind) is Literal:
        return [name for name in get_args(kind) if isinstance(name, str)]
    members = branches(kind) or (get_args(kind) if get_origin(kind) is list else ())
    return [name for member in members for name in literals(member)]


def _size(limits: list[Any]) -> str:
    least = next((limit.min_length for limit in limits if isinstance(limit, MinLen)), 0)
    most = next((limit.max_length for limit in limits if isinstance(limit, MaxLen)), None)
    if least == most:
        return f" of {least} entries"
    return f" with at least {least} {'entry' if least == 1 else 'entries'}" if least else ""


def _bound(limit: object) -> str:
    match limit:
        case Ge():
            return f"of at least {limit.ge}"
        case Gt():
            return f"above {limit.gt}"
        case Le():
            return f"of at most {limit.le}"
        case Lt():
            return f"below {limit.lt}"
        case MinLen():
            return "that is not empty"
    if pattern := getattr(limit, "pattern", None):
        return f"that matches {pattern}"
    return ""
