"""A grid: overrides with several values, and the runs that they span."""

from collections.abc import Iterable, Sequence
from itertools import product
from pathlib import Path

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Glob, Override

from src.config.compose import Composed, compose
from src.config.groups import Groups, find_groups
from src.config.overrides import parse_one, rejoin
from src.errors import ConfigError

Job = tuple[str, ...]
"""The overrides of one run."""


def expand(overrides: Sequence[str], config_dir: Path | None = None) -> list[Composed]:
    """Every combination of a=1,2, a=range(1,4), a=choice(x,y) and group=glob(*); the last key varies fastest.

    Raises ConfigError with all mistakes of the whole grid together.
    """
    mistakes: list[str] = []
    axes = _axes(overrides, find_groups(config_dir), mistakes)
    # Every value once: a wrong one is found without composing all combinations, at about 0.1 s each.
    longest = max(map(len, axes), default=1)
    sample = [tuple(axis[run % len(axis)] for axis in axes) for run in range(longest)]
    composed = _compose_all(sample, config_dir, mistakes)
    composed |= _compose_all([job for job in product(*axes) if job not in composed], config_dir, mistakes)
    return [composed[job] for job in product(*axes)]


def _axes(overrides: Sequence[str], groups: Groups, mistakes: list[str]) -> list[list[str]]:
    """The values of each override, each as an override with one value."""
    parser = OverridesParser.create()
    axes = []
    for argument in rejoin(overrides, mistakes):
        override = parse_one(argument, parser, mistakes)
        if override is None:
            continue
        if override.key_or_group == "hydra.run.dir":
            mistakes.append(f"{argument}: each run of a grid has its own folder; hydra.sweep.dir=PATH holds them all")
        elif values := _values(override, argument, groups):
            axes.append(values)
        else:
            mistakes.append(f"{argument}: stands for no value at all; glob(...) chooses among the options of a group")
    return axes


def _values(override: Override, argument: str, groups: Groups) -> list[str]:
    if not override.is_sweep_override():
        return [argument]
    key, value = override.key_or_group, override.value()
    if isinstance(value, Glob):
        return [f"{key}={option}" for option in value.filter([*groups.options.get(key, [])])]
    return [f"{key}={text}" for text in override.sweep_string_iterator()]


def _compose_all(jobs: Iterable[Job], config_dir: Path | None, mistakes: list[str]) -> dict[Job, Composed]:
    """Raises ConfigError with `mistakes` and all that are found in `jobs`."""
    composed = {}
    for job in jobs:
        try:
            composed[job] = compose(job, config_dir)
        except ConfigError as error:
            mistakes += error.mistakes
    if mistakes:
        raise ConfigError(*dict.fromkeys(mistakes))
    return composed
