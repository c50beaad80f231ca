"""Where DVC has the data of a run."""

import configparser
from pathlib import Path

import pytest

from src.repetition.data import _configure, _pointers
from src.repetition.past_run import PastRun
from tests import kept_by_dvc


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A checkout with two tables, each of which DVC keeps."""
    (tmp_path / "data").mkdir()
    for name in ("a", "b"):
        (tmp_path / "data" / name).write_text(name)
        kept_by_dvc.add(tmp_path / "data" / name)
    return tmp_path


@pytest.mark.parametrize(
    ("hashes", "pointers"),
    [
        ("0cc175b9c0f1b6a831c399e269772661", ["data/a.dvc"]),
        ("92eb5ffee6ae2fec3ad71c777531578f, 0cc175b9c0f1b6a831c399e269772661", ["data/b.dvc", "data/a.dvc"]),
        ("0cc175b9c0f1b6a831c399e269772661, 00000000000000000000000000000000", []),
        (None, []),
    ],
    ids=["one", "several", "one is not kept any more", "none"],
)
def test_the_pointers_are_those_with_the_hashes_of_the_run(code: Path, hashes: str | None, pointers: list[str]) -> None:
    assert _pointers(PastRun(code, {"data": {"dvc": hashes}}, {}), code) == pointers


def test_settings_of_this_checkout_go_before_those_of_the_commit(tmp_path: Path) -> None:
    (tmp_path / ".dvc").mkdir()
    remote = {"remote.my.store.url": "/a b#c", "remote.my.store.password": 'x"y', "core.remote": "my.store"}
    _configure(tmp_path, {"cache.dir": "/cache"} | remote)
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(tmp_path / ".dvc/config.local")
    assert {name: dict(parser[name]) for name in parser.sections()} == {
        "cache": {"dir": '"/cache"'},
        "'remote \"my.store\"'": {"url": '"/a b#c"', "password": "'x\"y'"},
        "core": {"remote": '"my.store"'},
    }
