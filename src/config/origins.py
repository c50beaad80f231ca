"""Where each value of a composed configuration was written."""

from collections.abc import Iterable

from src.config.document import Document, KeyPath, shown_path
from src.config.safety import leaves

COMMAND_LINE = "command line"


class Origins:
    """`file:line` of each key. Layers are added in the order in which Hydra lays them over one another."""

    def __init__(self) -> None:
        self._written: dict[KeyPath, str] = {}

    def add_file(self, package: KeyPath, document: Document) -> None:
        """`package`: the section that the file's keys belong to, () for overlays."""
        if package:
            self._written.setdefault(package, shown_path(document.path))
        for path, _ in leaves(document.data):
            if path[0] not in ("defaults", "hydra"):
                self._forget_below((*package, *path))
        for path in document.lines:
            if path[0] not in ("defaults", "hydra"):
                self._written[(*package, *path)] = document.at(*path)

    def add_overrides(self, keys: Iterable[str]) -> None:
        for key in keys:
            path = tuple(int(part) if part.isdigit() else part for part in key.split("."))
            self._forget_below(path)
            for length in range(1, len(path)):  # a plain value that becomes a section
                if not any(known[:length] == path[:length] and known != path[:length] for known in self._written):
                    self._written[path[:length]] = COMMAND_LINE
            self._written[path] = COMMAND_LINE

    def of(self, path: KeyPath) -> str:
        """Of the key itself, else of the nearest section around it."""
        for length in range(len(path), 0, -1):
            if found := self._written.get(path[:length]):
                return found
        return "conf/config.yaml"

    def _forget_below(self, path: KeyPath) -> None:
        for known in [known for known in self._written if known[: len(path)] == path]:
            del self._written[known]
