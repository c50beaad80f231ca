"""Prepared data is found again if content, configuration and code are the same, and made anew otherwise."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from src.config.dataset import Dataset
from src.data import cache, origin
from src.data.prepare import into_folder, prepare
from src.data.prepared import STATE, Prepared
from src.data.source import Source
from src.errors import DataError, MachineError
from tests import kept_by_dvc

SECTION: dict[str, Any] = {"name": "t", "path": "t.csv", "target": "y", "columns": {"numeric": ["x"]}}


def write_table(path: Path, begin: int = 0) -> None:
    path.write_text("x,y\n" + "".join(f"{(begin + n) * 37 % 101},{'ab'[n % 2]}\n" for n in range(60)))


@pytest.fixture(autouse=True)
def nothing_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "SMALL", 0)
    monkeypatch.setattr(origin, "_QUICK", 0)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_table(tmp_path / "t.csv")
    return tmp_path


def run(root: Path, **keys: Any) -> Prepared:
    return cache.prepared(Dataset.model_validate(SECTION | keys), root, root / "cache")


def unread(root: Path, monkeypatch: pytest.MonkeyPatch, **keys: Any) -> Prepared:
    """A run that must not look into the source: neither for its rows nor for its bytes."""
    with monkeypatch.context() as patch:
        for name in ("read", "table"):
            patch.setattr(Source, name, None)
        patch.setattr(cache, "digests", None)
        return run(root, **keys)


def places(root: Path) -> list[Path]:
    return sorted(path.parent for path in (root / "cache").glob(f"*/*/{STATE}"))


def test_a_second_run_does_not_read_the_source(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = run(root), unread(root, monkeypatch)
    assert (first.facts["found"], second.facts["found"]) == (False, True)
    assert {**first.facts, "found": True} == second.facts
    assert first.features == second.features
    for name, part in prepare(Dataset.model_validate(SECTION), root).parts.items():
        for found in (first.parts[name], second.parts[name]):
            assert all(found.tensors[key].equal(tensor) for key, tensor in part.tensors.items())


def test_another_name_of_the_dataset_is_the_same_data(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(root)
    assert unread(root, monkeypatch, name="other").facts["found"]


@pytest.mark.parametrize(
    "keys", [{"scale": "robust"}, {"split": {"seed": 1}}, {"where": "x > 5"}, {"missing": {"markers": ["7"]}}]
)
def test_a_changed_key_is_noticed(root: Path, keys: dict[str, Any]) -> None:
    run(root)
    assert not run(root, **keys).facts["found"]
    assert run(root).facts["found"]
    assert len(places(root)) == 2


def test_a_changed_content_is_noticed(root: Path) -> None:
    first = run(root)
    write_table(root / "t.csv", begin=1)
    second = run(root)
    assert not second.facts["found"]
    assert second.facts["sha256"] != first.facts["sha256"]
    assert not second.parts["test"].x_num.equal(first.parts["test"].x_num)
    write_table(root / "t.csv")
    assert run(root).facts == first.facts | {"found": True}


def test_a_changed_content_of_the_same_size_and_time_of_change_is_noticed(root: Path) -> None:
    """The time at which the file's state changed cannot be set by anybody."""
    state = (root / "t.csv").stat()
    first = run(root)
    content = (root / "t.csv").read_text()
    (root / "t.csv").write_text(content.replace("37,", "38,", 1))
    os.utime(root / "t.csv", ns=(state.st_atime_ns, state.st_mtime_ns))
    assert run(root).facts["sha256"] != first.facts["sha256"]


def test_a_file_that_was_touched_only_is_found_and_then_known(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(root)
    os.utime(root / "t.csv", (1, 1))
    with monkeypatch.context() as patch:
        patch.setattr(Source, "table", None)
        assert run(root).facts["found"]
    assert unread(root, monkeypatch).facts["found"]


def test_the_same_content_under_another_name_is_another_configuration(root: Path) -> None:
    run(root)
    shutil.copy(root / "t.csv", root / "other.csv")
    assert not run(root, path="other.csv").facts["found"]


def test_changed_code_is_noticed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(root)
    monkeypatch.setattr(cache, "_code", lambda: "another version")
    assert not run(root).facts["found"]


def test_one_of_several_files_that_changed_is_noticed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_table(root / "u.csv", begin=60)
    files = ["t.csv", "u.csv"]
    run(root, path=files)
    assert unread(root, monkeypatch, path=files).facts["found"]
    write_table(root / "u.csv", begin=61)
    assert not run(root, path=files).facts["found"]


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        (name, damage)
        for name in ("train.safetensors", "test.safetensors", STATE)
        for damage in (cut, flip, Path.unlink)
    ],
)
def test_what_is_damaged_is_made_anew(root: Path, name: str, damage: Callable[[Path], None]) -> None:
    first = run(root)
    [place] = places(root)
    before = {path.name: path.read_bytes() for path in place.iterdir()}
    damage(place / name)
    assert run(root).facts == first.facts
    assert {path.name: path.read_bytes() for path in place.iterdir()} == before


@pytest.mark.parametrize("content", ["", "[]", "{}", "\x00"])
def test_notes_on_the_files_that_are_damaged_are_written_again(
    root: Path, content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(root)
    (root / "cache" / "files.json").write_text(content)
    assert run(root).facts["found"]
    assert unread(root, monkeypatch).facts["found"]


def test_two_at_once_make_the_same_and_leave_one(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one begins and ends while the first one writes."""
    others = list[Prepared]()

    def slow(*given: Any) -> Prepared:
        made = into_folder(*given)
        monkeypatch.setattr(cache, "into_folder", into_folder)
        others.append(run(root))
        return made

    monkeypatch.setattr(cache, "into_folder", slow)
    first, [second] = run(root), others
    assert (first.facts, first.features) == (second.facts, second.features)
    assert first.parts["train"].x_num.equal(second.parts["train"].x_num)
    [place] = places(root)
    assert sorted(path.name for path in (root / "cache").iterdir()) == sorted(["files.json", place.parent.name])


def test_what_was_not_used_for_longest_goes_first(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(3):
        run(root, split={"seed": seed})
    for age, seed in ((30, 1), (20, 0), (10, 2)):
        _used(root, seed, age)
    assert run(root, split={"seed": 1}).facts["found"]  # now the newest
    size = sum(path.stat().st_size for path in places(root)[0].iterdir())
    monkeypatch.setattr(cache, "MOST", 3.5 * size)
    run(root, split={"seed": 3})
    assert _kept(root, range(4)) == [1, 2, 3]
    monkeypatch.setattr(cache, "MOST", 0)
    run(root, split={"seed": 4})
    assert _kept(root, range(5)) == [4]


def _place(root: Path, seed: int) -> Path:
    return root / "cache" / cache.configuration(Dataset.model_validate(SECTION | {"split": {"seed": seed}}))


def _used(root: Path, seed: int, seconds_ago: float) -> None:
    [place] = _place(root, seed).iterdir()
    os.utime(place, (time.time() - seconds_ago,) * 2)


def _kept(root: Path, seeds: range) -> list[int]:
    return [seed for seed in seeds if any(_place(root, seed).glob("*"))]


def test_what_a_killed_process_left_goes_after_a_day(root: Path) -> None:
    for name, age in (("making-new", 1), ("making-old", 25), ("making-old-pieces", 25)):
        (root / "cache" / name).mkdir(parents=True)
        (root / "cache" / name / "train.safetensors").write_text("half")
        os.utime(root / "cache" / name, (time.time() - 3600 * age,) * 2)
    run(root)
    assert {path.name for path in (root / "cache").glob("making-*")} == {"making-new"}


def test_a_file_that_changes_while_it_is_read_is_said_and_nothing_kept(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changing(*given: Any) -> Prepared:
        write_table(root / "t.csv", begin=5)
        return into_folder(*given)

    with monkeypatch.context() as patch:
        patch.setattr(cache, "into_folder", changing)
        with pytest.raises(DataError, match=r"t\.csv changed while it was read; start again"):
            run(root)
    assert list((root / "cache").iterdir()) == []
    assert not run(root).facts["found"]


def test_a_mistake_in_the_data_leaves_nothing(root: Path) -> None:
    with pytest.raises(DataError, match="no column 'z'"):
        run(root, columns={"numeric": ["x", "y"]}, target="z")
    assert not list((root / "cache").glob("*"))


def test_a_folder_that_cannot_be_written_to_is_said(root: Path) -> None:
    (root / "cache").write_text("a file")
    with pytest.raises(MachineError, match=r"/cache.*: prepared .* cannot be (kept|written) there: Not a directory"):
        run(root)


def test_small_files_are_not_kept(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "SMALL", (root / "t.csv").stat().st_size + 1)
    assert "found" not in run(root).facts
    assert not (root / "cache").exists()


def test_a_large_parquet_file_is_kept_too(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pl.read_csv(root / "t.csv").write_parquet(root / "t.parquet")
    monkeypatch.setattr("src.data.source.LARGE", 0)
    assert not run(root, path="t.parquet").facts["found"]
    assert unread(root, monkeypatch, path="t.parquet").facts["found"]


def test_what_was_prepared_of_changed_data_is_not_taken_unless_allowed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept_by_dvc.add(root / "t.csv")
    assert run(root).facts["dvc_state"] == "same"
    assert unread(root, monkeypatch).facts["dvc_state"] == "same"
    table = (root / "t.csv").read_text()
    (root / "t.csv").write_text(table.replace("37,b", "38,b"))
    with pytest.raises(DataError, match=r"t\.csv is not what .*t\.csv\.dvc names"):
        run(root)
    assert run(root, changed="allow").facts["dvc_state"].startswith("changed: ")
    with pytest.raises(DataError, match=r"t\.csv is not what .*t\.csv\.dvc names"):
        unread(root, monkeypatch)
    assert unread(root, monkeypatch, changed="allow").facts["dvc"] is None


def test_what_was_added_to_dvc_after_it_was_prepared_is_compared(root: Path) -> None:
    run(root)
    pointer = kept_by_dvc.add(root / "t.csv")
    assert run(root).facts["dvc_state"] == "same"
    pointer.write_text(pointer.read_text().replace("md5: ", "md5: 0", 1))
    with pytest.raises(DataError, match=r"t\.csv is not what .*t\.csv\.dvc names"):
        run(root)


def test_that_the_data_changed_is_said_before_what_is_wrong_in_it(root: Path) -> None:
    kept_by_dvc.add(root / "t.csv")
    table = (root / "t.csv").read_text()
    (root / "t.csv").write_text(table.replace("37,b", "37 b"))
    with pytest.raises(DataError, match=r"t\.csv is not what .*t\.csv\.dvc names"):
        run(root)
    with pytest.raises(DataError, match=r"has 1 cell"):
        run(root, changed="allow")
