"""The files of conf/: complete, equal to the defaults of their classes, explained. They are the manual."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter

from src.config.compose import compose
from src.config.config import Config
from src.config.document import read
from src.config.groups import CONF, find_groups
from src.config.safety import leaves

GROUPS = find_groups()


def is_ours(path: Path) -> bool:
    """Tables that somebody added (python -m src.init) need only the keys that they use."""
    return path.parent.name != "dataset" or path.stem == "penguins"


FILES = sorted(filter(is_ours, CONF.rglob("*.yaml")))
OPTIONS = [
    (group, option) for group in GROUPS.default for option, path in GROUPS.options[group].items() if is_ours(path)
]
COMPLETE = [
    (group, option)
    for group, option in OPTIONS
    if not GROUPS.is_overlay(group) and "defaults" not in read(GROUPS.options[group][option]).data
]


def section(group: str, data: dict[str, Any]) -> BaseModel:
    kind: Any = Config.model_fields[group].rebuild_annotation()
    found: BaseModel = TypeAdapter(kind).validate_python(data)
    return found


def name(path: Path) -> str:
    return str(path.relative_to(CONF))


def test_every_file_is_an_option_of_a_group() -> None:
    options = {path for group in GROUPS.options.values() for path in group.values() if is_ours(path)}
    assert {*FILES} == options | {CONF / "config.yaml"}
    assert len(FILES) == 60  # a glob that found nothing would test nothing
    assert len(COMPLETE) == 45


@pytest.mark.parametrize(("group", "option"), COMPLETE)
def test_a_file_has_every_key_of_its_class_in_the_same_order(group: str, option: str) -> None:
    data = read(GROUPS.options[group][option]).data
    assert [*data] == [*type(section(group, data)).model_fields]


@pytest.mark.parametrize(("group", "option"), [each for each in COMPLETE if each[0] != "dataset"])
def test_the_values_of_a_file_are_the_defaults_of_its_class(group: str, option: str) -> None:
    data = read(GROUPS.options[group][option]).data
    only_name = {key: value for key, value in data.items() if key == "name"}
    assert section(group, data) == section(group, only_name)


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_file_opens_with_its_purpose_and_a_command_that_composes(path: Path) -> None:
    head = [line for line in path.read_text().splitlines() if not line.startswith("# @package")]
    assert re.match(r"# [A-Z].*[.?]$", head[0]) or head[0].endswith(":")
    commands = [line.removeprefix("#").strip() for line in head if "python -m src.train" in line]
    assert commands
    group = path.parent.name
    assert path.parent == CONF or any(f"{group}={path.stem}" in each or f" {group}." in each for each in commands)
    for command in commands:
        words = re.sub(r"\s{2,}.*", "", command).replace("'", "").split()
        overrides = [word for word in words[3:] if "=" in word and word != "dataset=mine"]
        compose(overrides)


@pytest.mark.parametrize(("group", "option"), COMPLETE)
def test_each_key_carries_its_effect_in_a_remark(group: str, option: str) -> None:
    document = read(GROUPS.options[group][option])
    lines = document.text.splitlines()
    knobs = [path for path, _ in leaves(document.data) if path[0] not in ("name", "derive")]
    assert [path for path in knobs if not re.search(r"\s# \S", lines[document.lines[path] - 1])] == []


@pytest.mark.parametrize(("group", "option"), [each for each in OPTIONS if each not in COMPLETE])
def test_each_overlay_and_each_file_that_builds_on_another_composes(group: str, option: str) -> None:
    assert compose([f"{group}={option}"]).config.dataset.name == "penguins"


def test_the_options_of_a_union_are_those_of_its_classes() -> None:
    for group in ("loss", "optimizer", "scheduler", "model"):
        kind: Any = Config.model_fields[group].annotation
        classes = getattr(kind, "__args__", (kind,))
        assert {each.model_fields["name"].default for each in classes} == {*GROUPS.options[group]}
