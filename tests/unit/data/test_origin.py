"""Files are compared with what DVC keeps of them, before anything is trained."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from src.config.dataset import Dataset
from src.data import origin
from src.data.files import located
from src.data.origin import Origin, digests, refuse_changed, sha256
from src.errors import DataError
from tests import kept_by_dvc

Change = Callable[[Path], object]


def dataset(**keys: Any) -> Dataset:
    return Dataset.model_validate({"name": "t", "target": "y", "path": "data", "columns": {"numeric": ["x"]}} | keys)


def found(root: Path, **keys: Any) -> Origin:
    """Of the data of a run."""
    described = dataset(**keys)
    assert isinstance(described.path, str | list)
    return Origin.of(described, located(described.path, root), root)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with the folder data of two tables, which DVC keeps."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    for name in ("a", "b"):
        (tmp_path / "data" / f"{name}.csv").write_text(f"x,y\n1,{name}\n")
    kept_by_dvc.add(tmp_path / "data")
    return tmp_path


def test_sha256_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"a,b\r\n1,2")
    assert sha256([tmp_path / "t.csv"]) == hashlib.sha256(b"a,b\r\n1,2").hexdigest()


@pytest.mark.parametrize("path", ["data", "data/a.csv", "data/*.csv", ["data/a.csv", "data/b.csv"]])
def test_files_of_a_kept_folder_have_its_hash(root: Path, path: str | list[str]) -> None:
    kept = (root / "data.dvc").read_text().split()[3]
    assert kept.endswith(".dir")
    of_run = found(root, path=path)
    assert (of_run.dvc, of_run.dvc_state) == (kept, "same")


def test_kept_files_have_their_own_hashes(root: Path) -> None:
    (root / "data.dvc").unlink()
    for name in ("a", "b"):
        kept_by_dvc.add(root / "data" / f"{name}.csv")
    hashes = [hashlib.md5((root / "data" / f"{name}.csv").read_bytes()).hexdigest() for name in ("a", "b")]
    assert found(root).dvc == ", ".join(hashes)
    assert found(root, path="data/b.csv") == Origin(sha256([root / "data" / "b.csv"]), hashes[1], "same")
    (root / "data" / "b.csv.dvc").unlink()
    assert found(root).dvc is None  # one of them is not kept


def test_files_that_dvc_does_not_keep_have_no_hash_and_cost_no_second_digest(root: Path) -> None:
    (root / "own.csv").write_text("x,y\n")
    assert digests([root / "own.csv", root / "data" / "a.csv"]).md5 == [None, "2e9e3423152ab33250f957c9987b8b02"]
    assert (found(root, path="own.csv").dvc, found(root, path="own.csv").dvc_state) == (None, None)


def changed(root: Path) -> None:
    (root / "data" / "a.csv").write_text("x,y\n2,a\n")


def damaged(root: Path) -> None:
    """The copy in the cache, which DVC then brings back as if it was good."""
    changed(root)
    kept_by_dvc.content(root / "data", "a.csv").write_text("x,y\n2,a\n")


def not_kept(root: Path) -> None:
    changed(root)
    kept_by_dvc.content(root / "data", "a.csv").unlink()


@pytest.mark.parametrize(
    ("change", "path", "what", "remedy"),
    [
        (changed, "data", "data/a.csv is not what data.dvc names", "`dvc checkout --force data.dvc` undoes it"),
        (changed, "data/a.csv", "data/a.csv is not what data.dvc names", "`dvc add data` keeps the change"),
        (not_kept, "data", "data/a.csv is not what data.dvc names", "`dvc pull --force data.dvc` undoes it"),
        (
            damaged,
            "data",
            "data/a.csv is not what data.dvc names",
            "DVC's own copy of it is damaged: delete .dvc/cache/files/md5/2e/9e3423152ab33250f957c9987b8b02 and "
            "data/a.csv, then `dvc pull data.dvc`",
        ),
        (
            lambda root: (root / "data" / "c.csv").write_text("x,y\n3,c\n"),
            "data/*.csv",
            "data/c.csv is not among the files of data.dvc",
            "`dvc add data` adds it",
        ),
        (
            lambda root: (root / "data" / "a.csv").unlink(),
            "data/*.csv",
            "data/a.csv, which data.dvc names, is not there",
            "`dvc pull data.dvc` fetches it, `dvc add data` forgets it",
        ),
        (
            lambda root: (root / "data" / "b.csv").unlink(),
            "data",
            "data/b.csv, which data.dvc names, is not there",
            "`dvc pull data.dvc` fetches it",
        ),
    ],
    ids=["folder", "file", "not in the cache", "damaged in the cache", "one more", "one less", "one less of a folder"],
)
def test_files_that_are_not_what_dvc_keeps_are_refused_or_recorded(
    root: Path, change: Change, path: str, what: str, remedy: str
) -> None:
    change(root)
    with pytest.raises(DataError) as caught:
        found(root, path=path)
    assert str(caught.value).startswith(f"{what}: ")
    assert remedy in str(caught.value)
    assert str(caught.value).endswith("\nOr take the data as they are: dataset.changed=allow, which the run records")
    allowed = found(root, path=path, changed="allow")
    assert (allowed.dvc, allowed.dvc_state) == (None, f"changed: {what}")


def test_many_files_that_changed_are_named_in_part(root: Path) -> None:
    for name in "cdefg":
        (root / "data" / f"{name}.csv").write_text("x,y\n1,2\n")
    with pytest.raises(DataError, match=r"e\.csv is not .*\nand 2 more\.\nOr take"):
        found(root)


def test_a_file_that_another_data_set_has_lost_does_not_matter(root: Path) -> None:
    (root / "data" / "a.csv").unlink()
    assert found(root, path="data/b.csv").dvc_state == "same"


def test_a_table_of_ones_own_in_a_kept_folder_is_new(root: Path) -> None:
    (root / "data" / "own.csv").write_text("x,y\n")
    of_run = found(root, path="data/own.csv")
    assert (of_run.dvc, of_run.dvc_state) == (None, "new: data/own.csv not added to DVC")


def test_without_a_list_of_the_folder_nothing_can_be_told(root: Path) -> None:
    kept_by_dvc.content(root / "data").unlink()
    changed(root)
    assert str(found(root).dvc_state).startswith("unknown: ")


def test_what_dvc_2_added_is_not_compared(root: Path) -> None:
    (root / "data.dvc").write_text("outs:\n- md5: 1a2b.dir\n  path: data\n")
    assert str(found(root).dvc_state).startswith("unknown: ")


def test_a_damaged_list_of_the_folder_is_refused(root: Path) -> None:
    kept_by_dvc.content(root / "data").write_text("[]")
    with pytest.raises(DataError, match=r"DVC's list of the files in data, is damaged; delete .*\.dir, then `dvc pull"):
        found(root)


@pytest.mark.parametrize("name", ["config", "config.local"])
def test_the_cache_may_lie_elsewhere(root: Path, name: str) -> None:
    kept_by_dvc.content(root / "data").unlink()
    kept_by_dvc.add(root / "data", root / "shared")
    (root / ".dvc" / name).write_text(
        "[core]\n    remote = store\n['remote \"store\"']\n    url = x\n[cache]\n    dir = ../shared\n"
    )
    assert found(root).dvc_state == "same"


def test_a_kept_folder_in_another_repository_is_found_there(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "other").mkdir()
    monkeypatch.chdir(root / "other")
    assert found(root, path=str(root / "data")).dvc_state == "same"
    assert found(root / "elsewhere", path="../data/a.csv").dvc_state == "same"


def test_a_broken_pointer_is_refused(root: Path) -> None:
    (root / "data.dvc").write_text("outs: 3\n")
    with pytest.raises(DataError, match=r"data\.dvc is not as DVC writes it; make it again with `dvc add`"):
        found(root)


def test_of_large_files_the_size_is_compared_before_they_are_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(origin, "_QUICK", 0)
    monkeypatch.setattr(origin, "_digests", None)
    files = located("data", root)
    refuse_changed(dataset(), files, root)
    (root / "data" / "a.csv").write_text("x,y\n1,a\n2,a\n")
    with pytest.raises(DataError, match=r"data/a\.csv is not what data\.dvc names"):
        refuse_changed(dataset(), files, root)


def test_a_missing_pull_is_explained(root: Path) -> None:
    for name in ("a", "b"):
        (root / "data" / f"{name}.csv").unlink()
    with pytest.raises(DataError, match=r"no file fits data/\*\.csv; DVC keeps it: fetch it with `dvc pull`"):
        found(root, path="data/*.csv")
    with pytest.raises(DataError, match=r"data is a folder without a table; .*; DVC keeps it: fetch it"):
        found(root)
    with pytest.raises(DataError, match=r"no such file: .*data/a\.csv; DVC keeps it: fetch it with `dvc pull`"):
        refuse_changed(dataset(), located("data/a.csv", root), root)
