"""A YAML file may hold plain keys and values, nothing else."""

from pathlib import Path

import pytest
import yaml
from omegaconf import OmegaConf

from src.config.document import LARGEST, read, write
from src.errors import ConfigError


def _read(folder: Path, text: str) -> dict[str, object]:
    path = folder / "some.yaml"
    path.write_text(text, encoding="utf-8")
    return read(path).data


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: &x [1]\nb: *x", r"some.yaml:1: anchors and aliases"),
        ("a: 1\nb: 2\na: 3", r"some.yaml:3: the key a stands twice, first in line 1"),
        ("a:\n  b: 1\n  b: 2", r"some.yaml:3: the key b stands twice"),
        ("a:\n\tb: 1", r"some.yaml:2: broken YAML: a tab; indent with spaces"),
        ("a: [1, 2", r"some.yaml:1: broken YAML: expected ',' or '\]'"),
        ("a: b: c", r"some.yaml:1: broken YAML: mapping values are not allowed"),
        ("- 1\n- 2", r"some.yaml:1: must hold keys with values"),
        ("just text", r"some.yaml:1: must hold keys with values"),
        ("a: 1\n---\nb: 2", r"some.yaml:2: broken YAML"),
        ("a: !!python/object/apply:os.system [ls]", r"some.yaml:1: the tag python/object/apply:os.system is not"),
        ("a: !own 3", r"some.yaml:1: the tag !own is not allowed"),
        ("a: !!set {x}", r"some.yaml:1: the tag set is not allowed"),
        ("<<: {a: 1}", r"some.yaml:1: a key must be a plain name"),
        ("[a, b]: 1", r"some.yaml:1: a key must be a plain name"),
        ("no: 1", r"some.yaml:1: the key no must be a text; put it in quotes"),
        ("a: \x01", r"some.yaml: broken YAML"),
        ("[" * 5000, r"some.yaml:1: nested too deeply"),
    ],
)
def test_all_but_plain_values_is_refused_with_its_line(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        _read(tmp_path, text)


def test_a_large_file_is_refused_without_being_parsed(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"may have 1 MB, it has 1\.0 MB"):
        _read(tmp_path, "a" * (LARGEST + 1))


def test_a_file_that_is_no_utf8_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "some.yaml").write_bytes(b"a: \xff")
    with pytest.raises(ConfigError, match=r"must be UTF-8 text; byte 3 is not"):
        read(tmp_path / "some.yaml")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml: cannot be read: No such file"):
        read(tmp_path / "none.yaml")


def test_an_empty_file_has_no_keys(tmp_path: Path) -> None:
    assert _read(tmp_path, "# only a remark\n") == {}


def test_values_are_read_as_omegaconf_reads_them(tmp_path: Path) -> None:
    text = "a: 1e-3\nb: 2020-01-01\nc: no\nd: 1_000\ne: .inf\nf: '3'\ng: [1.0, null]\nh: 1.\ni: +1e5\n"
    assert _read(tmp_path, text) == OmegaConf.to_container(OmegaConf.create(text))


def test_each_key_and_list_entry_has_its_line(tmp_path: Path) -> None:
    path = tmp_path / "some.yaml"
    path.write_text("a:\n  b: 1\n  c:\n    - x\n    - y\n")
    lines = {("a",): 1, ("a", "b"): 2, ("a", "c"): 3, ("a", "c", 0): 4, ("a", "c", 1): 5}
    assert read(path).lines == lines
    assert read(path).at("a", "c", 1) == f"{path}:5"


def test_every_reader_takes_written_values_for_what_they_were(tmp_path: Path) -> None:
    data = {"a": "1e-3", "b": 1e-8, "c": "no", "d": None, "e": [1, 2.5, "x"], "f": {}, "g": "2020-01-01", "h": "é: #"}
    text = write(data)
    assert _read(tmp_path, text) == data
    assert yaml.safe_load(text) == data
    assert OmegaConf.to_container(OmegaConf.create(text)) == data
