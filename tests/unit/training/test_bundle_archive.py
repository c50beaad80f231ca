"""A bundle as one file: nothing in it can get out of the folder, and damage is told."""

import io
import zipfile
from pathlib import Path

import pytest

from src.bundle_archive import packed, unpacked
from src.errors import MachineError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "bundle"
    place.mkdir()
    for name in ("bundle.json", "weights.safetensors", "README.md", "notes.txt"):
        (place / name).write_text(f"content of {name}")
    return place


def archive(path: Path, files: dict[str, str], compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as written:
        for name, content in files.items():
            written.writestr(name, content)
    return path


WHOLE = {"bundle.json": "{}", "weights.safetensors": "0" * 1000}


def test_what_is_unpacked_is_what_was_packed_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "m.zip"
    path.write_bytes(packed(folder))
    again = unpacked(path, tmp_path / "cache")
    assert {each.name: each.read_text() for each in again.iterdir()} == {
        name: f"content of {name}" for name in ("bundle.json", "weights.safetensors", "README.md")
    }
    assert unpacked(path, tmp_path / "cache") == again


def test_the_same_bundle_gives_the_same_bytes(folder: Path) -> None:
    assert packed(folder) == packed(folder)


@pytest.mark.parametrize("name", ["../evil.py", "/etc/evil", "bundle/../../evil", "C:\\evil", "sub/bundle.json"])
def test_no_file_is_written_outside(tmp_path: Path, name: str) -> None:
    path = archive(tmp_path / "m.zip", WHOLE | {name: "evil"})
    with pytest.raises(MachineError, match="which no bundle has; nothing was unpacked"):
        unpacked(path, tmp_path / "cache")
    assert [*tmp_path.iterdir()] == [path]


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "m.zip", WHOLE, zipfile.ZIP_DEFLATED)
    with pytest.raises(MachineError, match="is compressed or encrypted, which an exported bundle is not"):
        unpacked(path, tmp_path / "cache")


def test_what_is_no_bundle_is_explained(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match=r"is no bundle: weights.safetensors is missing in it"):
        unpacked(archive(tmp_path / "m.zip", {"bundle.json": "{}"}), tmp_path)
    (tmp_path / "text.zip").write_text("hello")
    with pytest.raises(MachineError, match=r"text\.zip is no zip or is damaged"):
        unpacked(tmp_path / "text.zip", tmp_path)


def test_damage_is_told(folder: Path, tmp_path: Path) -> None:
    content = packed(folder)
    place = content.index(b"content of weights")
    (tmp_path / "m.zip").write_bytes(content[:place] + b"C" + content[place + 1 :])
    with pytest.raises(MachineError, match="is no zip or is damaged"):
        unpacked(tmp_path / "m.zip", tmp_path / "cache")


def test_a_name_twice_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO(archive(tmp_path / "m.zip", WHOLE).read_bytes())
    with zipfile.ZipFile(buffer, "a") as written, pytest.warns(UserWarning, match="Duplicate name"):
        written.writestr("bundle.json", "{}")
    (tmp_path / "m.zip").write_bytes(buffer.getvalue())
    with pytest.raises(MachineError, match="holds a file twice"):
        unpacked(tmp_path / "m.zip", tmp_path / "cache")
