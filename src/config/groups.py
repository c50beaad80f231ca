"""Which groups there are, which options each has, and which files a choice brings in through `defaults`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from src.config.config import Config
from src.config.document import Document, read, shown_path
from src.config.safety import forbidden_setting, unsafe
from src.config.suggest import remedy
from src.errors import ConfigError

PROJECT = Path(__file__).resolve().parents[2]
CONF = PROJECT / "conf"

Option = tuple[str, str]
"""Group and option, for instance ("optimizer", "adam")."""


@dataclass(frozen=True)
class Groups:
    """`options`: file of each option of each group; `default`: what conf/config.yaml chooses, None for overlays."""

    primary: Document
    options: dict[str, dict[str, Path]]
    default: dict[str, str | None]
    _documents: dict[Option, Document] = field(default_factory=dict)

    def is_overlay(self, group: str) -> bool:
        """Overlays (experiment, debug) may change every section and may be left out."""
        return group not in Config.model_fields

    def wrong_option(self, group: str, option: str) -> str | None:
        """A sentence if there is no such file."""
        if option in self.options[group]:
            return None
        return f"there is no option {option} in {group}; {remedy(option, self.options[group])}"

    def follow(self, choices: Mapping[str, list[str]]) -> dict[Option, list[str]]:
        """Reads the chosen files and all that their `defaults` name: the mistakes under each choice.

        Must come back empty before Hydra may read the same files.
        """
        mistakes = {}
        for group, options in choices.items():
            for option in options:
                if found := [*self._follow((group, option), (), set())]:
                    mistakes[group, option] = found
        return mistakes

    def _follow(self, file: Option, above: tuple[Option, ...], seen: set[Option]) -> Iterator[str]:
        if file in seen:
            return
        seen.add(file)
        group, _ = file
        try:
            document = self._document(file)
        except ConfigError as error:
            yield from error.mistakes
            return
        yield from unsafe(document, primary=False, overlay=self.is_overlay(group))
        above = (*above, file)
        for index, entry in enumerate(_defaults(document)):
            named = self._named(group, entry)
            if named in above:
                named = f"{entry} and this file name one another in a circle"
            if isinstance(named, str):
                yield f"{document.at('defaults', index)}: {named}"
            elif named is not None:
                yield from self._follow(named, above, seen)
        if reason := _order(document):
            yield f"{document.at('defaults')}: {reason}"

    def texts(self, choices: Mapping[str, list[str]]) -> dict[str, str]:
        """What stands in config.yaml, in the chosen files (`model/mlp.yaml`) and in those that these name of their own
        group. `follow` found no mistake in them."""
        chosen = [(group, option) for group, options in choices.items() for option in options]
        files = dict.fromkeys(file for each in chosen for file in self._with_named(each))
        texts = {f"{group}/{option}.yaml": self._document((group, option)).text for group, option in files}
        return {"config.yaml": self.primary.text, **texts}

    def _with_named(self, file: Option) -> Iterator[Option]:
        for entry in _defaults(self._document(file)):
            if isinstance(entry, str) and entry != "_self_":
                yield from self._with_named((file[0], entry))
        yield file

    def _document(self, file: Option) -> Document:
        """Read once."""
        if file not in self._documents:
            group, option = file
            self._documents[file] = read(self.options[group][option])
        return self._documents[file]

    def _named(self, group: str, entry: Any) -> Option | str | None:
        """The option that an entry of a `defaults` list names, None for no file, or what is wrong with the entry."""
        match entry:
            case "_self_":
                return None
            case str():
                return self.wrong_option(group, entry) or (group, entry)
            case dict() if len(entry) == 1 and self.is_overlay(group):
                [(key, option)] = entry.items()
                target = key.removeprefix("override").strip().removeprefix("/")
                if target.startswith("hydra"):
                    return forbidden_setting(target)
                if not key.startswith("override ") or not isinstance(option, str):
                    return "must be of the form `override /group: option`"
                if target not in self.options:
                    return f"there is no group {target}; {remedy(target, self.options)}"
                return self.wrong_option(target, option) or (target, option)
        return f"must be _self_ or an option of {group}; {remedy(str(entry), self.options[group])}"


def find_groups(config_dir: Path | None = None) -> Groups:
    """The groups of conf/config.yaml with their options in conf/ and `config_dir`. Raises ConfigError."""
    if config_dir is not None and not config_dir.is_dir():
        raise ConfigError(f"--config-dir={config_dir}: must be a folder")
    primary = read(CONF / "config.yaml")
    default, mistakes = {}, [*unsafe(primary, primary=True, overlay=False)]
    options: dict[str, dict[str, Path]] = {}
    for index, entry in enumerate(_defaults(primary)):
        match entry:
            case "_self_" | {"override hydra/job_logging": "none"} | {"override hydra/hydra_logging": "none"}:
                continue
            case dict() if len(entry) == 1 and (group := next(iter(entry))).isidentifier():
                default[group] = entry[group]
                options[group] = _options(CONF / group, config_dir and config_dir / group)
                if entry[group] in options[group] or (entry[group] is None and group not in Config.model_fields):
                    continue
                reason = f"there is no option {entry[group]} in {group}; {remedy(str(entry[group]), options[group])}"
            case _:
                reason = "must be of the form `group: option`"
        mistakes.append(f"{primary.at('defaults', index)}: {reason}")
    if mistakes:
        raise ConfigError(*mistakes)
    return Groups(primary, options, default)


def _options(*folders: Path | None) -> dict[str, Path]:
    """Option to file; those in sub-folders as `folder/option`."""
    options: dict[str, Path] = {}
    for folder in filter(None, folders):
        for path in sorted(folder.rglob("*.yaml")):
            option = path.relative_to(folder).with_suffix("").as_posix()
            if options.setdefault(option, path) is not path:
                reason = f"{shown_path(options[option])} has the same name and would win"
                raise ConfigError(f"{shown_path(path)}: {reason}; give it another name")
    return options


def _defaults(document: Document) -> list[Any]:
    found = document.data.get("defaults", [])
    return found if isinstance(found, list) else [{"defaults": found}]


def _order(document: Document) -> str | None:
    """Without `_self_` Hydra lets the named option win over the file's own keys, in silence."""
    names = [entry for entry in _defaults(document) if isinstance(entry, str)]
    return "must end with _self_, or the keys of this file have no effect" if names and names[-1] != "_self_" else None
