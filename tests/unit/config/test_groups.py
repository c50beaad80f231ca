"""Which files take part, and what none of them may say. All of it is checked before Hydra reads one."""

import re
import shutil
from pathlib import Path

import pytest

from src.config import groups
from src.config.groups import find_groups
from src.errors import ConfigError


def option(folder: Path, group: str, text: str, name: str = "mine") -> Path:
    """A file of the user's own; returns the folder that --config-dir gets."""
    path = folder / group / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


def mistakes(folder: Path, group: str, name: str = "mine") -> list[str]:
    return [sentence for found in find_groups(folder).follow({group: [name]}).values() for sentence in found]


def only_error(config_dir: Path | None) -> str:
    with pytest.raises(ConfigError) as caught:
        find_groups(config_dir)
    [sentence] = caught.value.mistakes
    return sentence


def test_every_file_of_conf_is_a_choice_without_mistakes() -> None:
    found = find_groups()
    assert {group: sorted(path.stem for path in (groups.CONF / group).iterdir()) for group in found.options} == {
        group: sorted(options) for group, options in found.options.items()
    }
    assert found.follow({group: [*options] for group, options in found.options.items()}) == {}


@pytest.mark.parametrize(
    ("group", "text", "sentence"),
    [
        ("optimizer", "name: adam\n_target_: os.system", "mine.yaml:2: _target_ is not allowed"),
        ("dataset", "columns:\n  numeric:\n    - _partial_: true", "mine.yaml:3: _partial_ is not allowed"),
        ("optimizer", "name: adam\nlr: ${oc.env:HOME}", "mine.yaml:2: '${oc.env:HOME}' must not use any"),
        ("optimizer", "name: adam\nlr: ${hydra.job.num}", "mine.yaml:2: '${hydra.job.num}' must not use any"),
        ("optimizer", "hydra: {callbacks: {}}", "mine.yaml:1: hydra.callbacks is a setting of Hydra's own"),
        ("optimizer", "# @package hydra.callbacks\nname: adam", "@package hydra.callbacks is not allowed here"),
        ("experiment", "# @package _global_\nhydra:\n  run: {dir: x}", "mine.yaml:3: hydra.run is a setting"),
        ("experiment", "# @package _global_\ndefaults:\n  - override hydra/job_logging: x", "yaml:3: hydra/job_log"),
        ("experiment", "seed: 3", "mine.yaml:1: an overlay begins with the line `# @package _global_`"),
        ("experiment", "# @package _global_\ndefaults:\n  - override /model: mlpp", "yaml:3: there is no option mlpp"),
        ("experiment", "# @package _global_\ndefaults:\n  - override /modle: mlp", "yaml:3: there is no group modle"),
        ("experiment", "# @package _global_\ndefaults:\n  - /model: mlp", "must be of the form `override /group:"),
        ("optimizer", "defaults: [adam]\nlr: 3", "mine.yaml:1: must end with _self_"),
        ("optimizer", "defaults: [adamm, _self_]", "mine.yaml:1: there is no option adamm in optimizer; did you mean"),
        ("optimizer", "defaults: adam", "must be _self_ or an option of optimizer"),
        ("optimizer", "defaults: [/loss: mse]", "must be _self_ or an option of optimizer"),
        ("optimizer", "name: adam\nname: sgd", "mine.yaml:2: the key name stands twice"),
    ],
)
def test_each_wrong_file_is_explained(tmp_path: Path, group: str, text: str, sentence: str) -> None:
    option(tmp_path, group, text)
    assert sentence in mistakes(tmp_path, group)[0]


def test_mistakes_of_a_file_that_an_overlay_chooses_are_found(tmp_path: Path) -> None:
    option(tmp_path, "optimizer", "a: [1")
    option(tmp_path, "experiment", "# @package _global_\ndefaults:\n  - override /optimizer: mine\n")
    assert "optimizer/mine.yaml:1: broken YAML" in mistakes(tmp_path, "experiment")[0]


def test_files_that_refer_to_one_another_in_a_circle_are_refused(tmp_path: Path) -> None:
    option(tmp_path, "optimizer", "defaults: [b, _self_]", "a")
    option(tmp_path, "optimizer", "defaults: [a, _self_]", "b")
    assert "name one another in a circle" in mistakes(tmp_path, "optimizer", "a")[0]


def test_an_option_that_would_be_hidden_by_one_of_conf_is_refused(tmp_path: Path) -> None:
    option(tmp_path, "optimizer", "name: adam", "sgd")
    assert re.search(r"optimizer/sgd.yaml: .*conf/optimizer/sgd.yaml has the same name", only_error(tmp_path))


def test_a_config_dir_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "must be a folder" in only_error(tmp_path / "none")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("- model: mlp ", "- model: mlpp ", r"config.yaml:\d+: there is no option mlpp in model; did you mean mlp\?"),
        ("- model: mlp ", "- model: null ", r"config.yaml:\d+: there is no option None in model"),
        ("hydra/job_logging: none", "hydra/job_logging: x", r"config.yaml:\d+: must be of the form `group: option`"),
        ("  run:", "  callbacks: {}\n  run:", r"config.yaml:\d+: hydra.callbacks is a setting of Hydra's own"),
    ],
)
def test_mistakes_in_the_primary_file_are_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, sentence: str
) -> None:
    conf = shutil.copytree(groups.CONF, tmp_path / "conf")
    text = (conf / "config.yaml").read_text()
    assert old in text
    (conf / "config.yaml").write_text(text.replace(old, new))
    monkeypatch.setattr(groups, "CONF", conf)
    assert re.search(sentence, only_error(None))


