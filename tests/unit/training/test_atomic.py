import errno
import os
from pathlib import Path
from typing import NoReturn

import pytest

from src import atomic
from src.errors import MachineError


def _full(_descriptor: int) -> NoReturn:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    for content in (b"one", b"another one", b""):
        atomic.write_bytes(path, content)
        assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.bin"
    atomic.write_bytes(path, b"old")
    monkeypatch.setattr(os, "fsync", _full)
    with pytest.raises(MachineError, match=r"a\.bin could not be written: No space left on device\. .* unchanged"):
        atomic.write_bytes(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_synced_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atomic, "_sync_folder", _full)
    atomic.write_bytes(tmp_path / "a.bin", b"new")
    assert (tmp_path / "a.bin").read_bytes() == b"new"


def test_a_place_that_is_none_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder").mkdir()
    with pytest.raises(MachineError, match="a could not be written: No such file or directory"):
        atomic.write_bytes(tmp_path / "none" / "a", b"")
    with pytest.raises(MachineError, match="a could not be written: Not a directory"):
        atomic.write_bytes(tmp_path / "file" / "a", b"")
    with pytest.raises(MachineError, match="folder could not be written: Is a directory"):
        atomic.write_bytes(tmp_path / "folder", b"")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "folder"]


def test_json_keeps_the_order_of_keys_and_writes_letters_as_they_are(tmp_path: Path) -> None:
    atomic.write_json(tmp_path / "a.json", {"z": ["Größe", None], "a": 0.1})
    assert (tmp_path / "a.json").read_text() == '{\n  "z": [\n    "Größe",\n    null\n  ],\n  "a": 0.1\n}\n'


def test_json_without_a_form_for_nan_refuses_it_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        atomic.write_json(tmp_path / "a.json", {"loss": float("nan")})
    assert list(tmp_path.iterdir()) == []
