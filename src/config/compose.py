"""conf/ and the overrides of the command line to one checked configuration. All mistakes come together."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from src.config.config import Config
from src.config.custom import Custom
from src.config.document import KeyPath, read
from src.config.groups import CONF, Groups, find_groups
from src.config.origins import Origins
from src.config.overrides import Request, parse, quote
from src.config.resolve import resolve
from src.config.validate import validate
from src.errors import ConfigError


@dataclass(frozen=True)
class Composed:
    """`folder` of a run and `grid_folder` of a grid are absolute; `overrides` are as they were typed; `files`: the text
    of each YAML file that took part, by its place in conf/."""

    config: Config
    folder: Path
    grid_folder: Path
    overrides: list[str]
    files: dict[str, str] = field(default_factory=dict)


def compose(overrides: Sequence[str], config_dir: Path | None = None) -> Composed:
    """Raises ConfigError with every mistake in the overrides and in the YAML files that take part.

    `config_dir`: a folder with more options for the groups, laid out like conf/.
    """
    groups = find_groups(config_dir)
    request = parse(overrides, groups)
    _leave_out_unreadable(request, groups)
    choices = hydra_choices(request, groups, config_dir)
    with _hydra(request):
        composed = hydra_compose("config", choices, return_hydra_config=True)
        _set_values(composed, request)
        layers = _Layers(choices, request, groups)
        tree, unresolved = resolve(composed, layers.where)
        config, wrong = validate(tree, layers.where, request.allow_custom)
    found = wrong | unresolved
    about_keys = {path: sentence for path, sentence in found.items() if request.unclear.isdisjoint(path[:1])}
    if request.mistakes or about_keys or config is None:
        raise ConfigError(*dict.fromkeys([*request.mistakes, *about_keys.values()]))
    if isinstance(config.model, Custom):
        config = config.model_copy(update={"model": config.model.pinned()})
    folders = _folder(composed, "run"), _folder(composed, "sweep")
    return Composed(config, *folders, list(overrides), _files(composed, request, groups))


def as_hydra_writes(overrides: Sequence[str], config_dir: Path | None = None) -> list[str]:
    """The same overrides for Hydra's own command line; `compose` has found nothing wrong in them before."""
    groups = find_groups(config_dir)
    request = parse(overrides, groups)
    values = [f"++{str(override.input_line).lstrip('+')}" for override in request.values]
    return [*hydra_choices(request, groups, config_dir), *values]


def hydra_choices(request: Request, groups: Groups, config_dir: Path | None) -> list[str]:
    """What Hydra has to know to lay the files over one another, in its own words."""
    lines = []
    for group, options in request.choices.items():
        if options:
            lines.append(f"{group}=[{','.join(options)}]" if options[1:] else f"{group}={options[0]}")
        elif groups.default[group] is not None:
            lines.append(f"~{group}")
    if config_dir is not None:
        lines.append(f"hydra.searchpath=[{quote(f'file://{config_dir.resolve()}')}]")
    return lines


def _set_values(composed: DictConfig, request: Request) -> None:
    """Sets unknown keys as well (Hydra would stop at the first one): `validate` reports them all together."""
    for override in request.values:
        try:
            with open_dict(composed):
                _open_section(composed, override.key_or_group)
                OmegaConf.update(composed, override.key_or_group, override.value(), merge=True, force_add=True)
        except (OmegaConfBaseException, TypeError) as error:
            request.mistakes.append(f"{override.input_line}: cannot be set: {str(error).splitlines()[0]}")


def _open_section(composed: DictConfig, key: str) -> None:
    """A section may stand as its name alone; it keeps the name when one of its keys is set."""
    section = key.rpartition(".")[0]
    name = OmegaConf.select(composed, section) if section else None
    if isinstance(name, str):
        OmegaConf.update(composed, section, {"name": name}, merge=False)


def _leave_out_unreadable(request: Request, groups: Groups) -> None:
    """Checks all files before Hydra reads them. What is wrong in one must not hide what is wrong elsewhere."""
    default = {group: [option] if option else [] for group, option in groups.default.items()}
    found = groups.follow(default | request.choices)
    request.mistakes += dict.fromkeys(sentence for sentences in found.values() for sentence in sentences)
    for group in {group for group, _ in found}:
        request.choices.pop(group, None)
        request.unclear.add(group)
    if found and groups.follow(default | request.choices):
        raise ConfigError(*request.mistakes)


@contextmanager
def _hydra(request: Request) -> Iterator[None]:
    try:
        with initialize_config_dir(str(CONF), version_base="1.3"):
            yield
    except (HydraException, OmegaConfBaseException) as error:
        raise ConfigError(*request.mistakes, str(error).splitlines()[0]) from error


class _Layers:
    """Finds out where a value was written, which costs time, when the first mistake asks for it."""

    def __init__(self, choices: list[str], request: Request, groups: Groups) -> None:
        self._choices, self._request, self._groups = choices, request, groups
        self._origins: Origins | None = None

    def where(self, path: KeyPath) -> str:
        if self._origins is None:
            self._origins = self._find()
        return self._origins.of(path)

    def _find(self) -> Origins:
        origins = Origins()
        loader = GlobalHydra.instance().config_loader()
        for layer in loader.compute_defaults_list("config", self._choices, RunMode.RUN).defaults:
            group, _, option = (layer.config_path or "").partition("/")
            if layer.primary:
                origins.add_file((), self._groups.primary)
            elif group in self._groups.options:
                package = tuple((layer.package or "").split(".")) if layer.package else ()
                origins.add_file(package, read(self._groups.options[group][option]))
        origins.add_overrides(override.key_or_group for override in self._request.values)
        return origins


def _files(composed: DictConfig, request: Request, groups: Groups) -> dict[str, str]:
    """Hydra says which option of a group it took in the end, but for several overlays of one group at once."""
    taken = {group: [option] for group, option in composed.hydra.runtime.choices.items() if option}
    return groups.texts({group: taken.get(group, request.choices.get(group, [])) for group in groups.options})


def _folder(composed: DictConfig, kind: str) -> Path:
    try:
        return Path.cwd() / str(composed.hydra[kind].dir)
    except OmegaConfBaseException as error:
        raise ConfigError(f"hydra.{kind}.dir: {str(error).splitlines()[0]}") from error
