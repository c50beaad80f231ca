"""One YAML file, read strictly: plain keys and values, each with its line. No aliases, no tags, no double keys.

PyYAML takes the last of two equal keys and expands aliases (230 bytes can cost seconds); both are refused here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from src.errors import ConfigError

KeyPath = tuple[str | int, ...]
"""Keys (and places in lists) from the top of a configuration down to a value."""

LARGEST = 1_000_000
_DEEPEST = 30
_NEEDS_A_TAG = ("binary", "omap", "pairs", "set")
# As in YAML 1.2 (and OmegaConf): 1e-3 is a number. PyYAML takes it for a text.
_FLOAT = re.compile(
    r"""^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?
    |[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+
    |\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?
    |[-+]?\.(?:inf|Inf|INF)
    |\.(?:nan|NaN|NAN))$""",
    re.VERBOSE,
)


class _Refused(yaml.MarkedYAMLError):
    """Correct YAML that a configuration may not contain."""

    def __init__(self, problem: str, mark: yaml.Mark) -> None:
        super().__init__(problem=problem, problem_mark=mark)


class _Loader(yaml.SafeLoader):
    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _Refused("anchors and aliases (&name, *name) are not allowed; write the value out", event.start_mark)
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _Refused("nested too deeply", event.start_mark)
        node = super().compose_node(parent, index)
        self.depth -= 1
        assert node is not None
        kind = node.tag.removeprefix("tag:yaml.org,2002:")
        if ":" in kind or kind.startswith("!") or kind in _NEEDS_A_TAG:
            raise _Refused(f"the tag {kind} is not allowed; write plain values", event.start_mark)
        return node

    def compose_mapping_node(self, anchor: Any) -> Any:
        node = super().compose_mapping_node(anchor)
        seen: dict[str, int] = {}
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode) or key.value == "<<":
                raise _Refused("a key must be a plain name", key.start_mark)
            if not key.tag.endswith(":str"):
                raise _Refused(f"the key {key.value} must be a text; put it in quotes", key.start_mark)
            if key.value in seen:
                raise _Refused(f"the key {key.value} stands twice, first in line {seen[key.value]}", key.start_mark)
            seen[key.value] = line
        return node


class _Dumper(yaml.SafeDumper):
    """Puts texts into quotes that any reader would take for numbers."""


# A date stays a text, as in OmegaConf.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if not tag.endswith((":timestamp", ":float"))]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for _kind in (_Loader, _Dumper):
    _kind.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+0123456789."))


@dataclass(frozen=True)
class Document:
    """`data`: the file's plain content; `lines`: the line of each key and list entry; `text`: as it stands."""

    path: Path
    text: str
    data: dict[str, Any]
    lines: dict[KeyPath, int]

    def at(self, *path: str | int) -> str:
        """`file:line` of a key."""
        return f"{shown_path(self.path)}:{self.lines.get(path, 1)}"


def read(path: Path) -> Document:
    """Raises ConfigError if the file cannot be read or holds anything but plain keys and values."""
    text = _text(path)
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        data = loader.construct_document(node) if node is not None else {}
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ConfigError(f"{shown_path(path)}:{mark.line + 1 if mark else 1}: {_reason(error, text)}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(f"{shown_path(path)}: broken YAML: {' '.join(str(error).split())}") from error
    if not isinstance(data, dict):
        raise ConfigError(f"{shown_path(path)}:1: must hold keys with values (key: value)")
    return Document(path, text, data, dict(_lines(node)) if node is not None else {})


def write(data: dict[str, Any]) -> str:
    """YAML in the order of the keys, read back equal by this module, OmegaConf and YAML 1.2 readers."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=None, width=120)


def shown_path(path: Path) -> str:
    """Relative to the current folder where that is shorter, so that a terminal can open it."""
    path = path.absolute()
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _text(path: Path) -> str:
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise ConfigError(f"{shown_path(path)}: a YAML file may have 1 MB, it has {size / 1e6:.1f} MB")
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{shown_path(path)}: must be UTF-8 text; byte {error.start} is not") from error
    except OSError as error:
        raise ConfigError(f"{shown_path(path)}: cannot be read: {error.strerror}") from error


def _lines(node: yaml.Node, path: KeyPath = ()) -> Iterator[tuple[KeyPath, int]]:
    match node:
        case yaml.MappingNode():
            for key, value in node.value:
                yield (*path, key.value), key.start_mark.line + 1
                yield from _lines(value, (*path, key.value))
        case yaml.SequenceNode():
            for index, item in enumerate(node.value):
                yield (*path, index), item.start_mark.line + 1
                yield from _lines(item, (*path, index))


def _reason(error: yaml.MarkedYAMLError, text: str) -> str:
    if isinstance(error, _Refused):
        return str(error.problem)
    lines, mark = text.splitlines(), error.problem_mark
    if mark and mark.line < len(lines) and "\t" in lines[mark.line]:
        return "broken YAML: a tab; indent with spaces"
    return f"broken YAML: {error.problem or error.context}"
