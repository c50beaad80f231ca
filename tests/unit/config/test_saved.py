"""The configuration of a run folder."""

from pathlib import Path

import pytest
import yaml

from src.config import saved
from src.config.compose import compose
from src.errors import ConfigError, MachineError


def test_a_saved_configuration_comes_back_equal(tmp_path: Path) -> None:
    config = compose(["optimizer.eps=1e-9", "dataset.where='a > \"1e-3\"'", "tracking.run_name='1e-3'"]).config
    saved.save(config, tmp_path / "config.yaml")
    assert saved.load(tmp_path / "config.yaml") == config
    assert [path.name for path in tmp_path.iterdir()] == ["config.yaml"]


def test_the_first_line_is_a_comment_with_the_hash(tmp_path: Path) -> None:
    config = compose([]).config
    saved.save(config, tmp_path / "config.yaml")
    assert (tmp_path / "config.yaml").read_text().splitlines()[0] == f"# configuration {config.hash}"


def test_what_was_composed_stands_in_a_folder_like_conf(tmp_path: Path) -> None:
    overrides = ["model.hidden=[3,4]", 'dataset.where="a > \'ü\'"']
    saved.save_raw({"config.yaml": "seed: 0\n", "model/mlp.yaml": "name: mlp\n"}, overrides, tmp_path)
    assert (tmp_path / "config.yaml").read_text() == "seed: 0\n"
    assert (tmp_path / "model" / "mlp.yaml").read_text() == "name: mlp\n"
    assert yaml.safe_load((tmp_path / "overrides.yaml").read_text()) == overrides


def test_what_was_spoilt_afterwards_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    saved.save(compose([]).config, path)
    text = path.read_text().replace("max_epochs: 50", "max_epochs: -1").replace("  lr:", "  lrr:")
    path.write_text(text)
    line = text.splitlines().index("  max_epochs: -1") + 1
    with pytest.raises(ConfigError) as caught:
        saved.load(path)
    assert len(caught.value.mistakes) == 2
    assert f"trainer.max_epochs: must be a whole number of at least 1; got -1 ({path}:{line})" in caught.value.mistakes


def test_a_file_that_is_not_there_or_broken_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"config\.yaml: cannot be read: No such file"):
        saved.load(tmp_path / "config.yaml")
    (tmp_path / "config.yaml").write_text("a: [1")
    with pytest.raises(ConfigError, match=r"config\.yaml:1: broken YAML"):
        saved.load(tmp_path / "config.yaml")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match=r"none/config\.yaml could not be written"):
        saved.save(compose([]).config, tmp_path / "none" / "config.yaml")
