"""Whatever the format and however small the pieces, the same cells as reading all at once."""

import gzip
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from src.data import pieces, stream
from src.data.names import absent
from src.data.source import Source
from src.errors import DataError

ROWS = pl.DataFrame({"id": [f"{n:03}" for n in range(50)], "x": [n / 4 for n in range(50)], "more": 1})
WRITE: dict[str, Callable[[pl.DataFrame, Path], object]] = {
    "csv": lambda frame, path: frame.write_csv(path),
    "csv.gz": lambda frame, path: path.write_bytes(gzip.compress(frame.write_csv().encode())),
    "tsv": lambda frame, path: frame.write_csv(path, separator="\t"),
    "parquet": lambda frame, path: frame.write_parquet(path, row_group_size=20),
    "arrow": lambda frame, path: frame.write_ipc(path),
    "jsonl": lambda frame, path: frame.write_ndjson(path),
    "xlsx": lambda frame, path: frame.write_excel(path),
}


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "PIECE", 300)
    monkeypatch.setattr(stream, "CELLS", 14)


def choose(present: Sequence[str]) -> list[str]:
    if sentence := absent(["x", "id"], present):
        raise DataError(sentence)
    return ["x", "id"]


def streamed(*files: Path) -> list[pl.DataFrame]:
    source = Source(files)
    return [source.typed(cells, []) for cells in stream.stream(source, choose)]


@pytest.mark.parametrize("extension", WRITE)
def test_pieces_of_a_file_are_its_rows_in_order(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"t.{extension}"
    WRITE[extension](ROWS, path)
    found = streamed(path)
    assert len(found) > 5
    assert max(each.height for each in found) < 20
    assert_frame_equal(pl.concat(found), ROWS.select("x", "id"))


@pytest.mark.parametrize("extension", ["csv", "parquet", "jsonl"])
def test_files_follow_one_another_and_columns_are_matched_by_name(tmp_path: Path, extension: str) -> None:
    paths = tmp_path / f"a.{extension}", tmp_path / f"b.{extension}"
    WRITE[extension](ROWS[:20], paths[0])
    WRITE[extension](ROWS[20:].select("x", "more", "id"), paths[1])
    assert_frame_equal(pl.concat(streamed(*paths)), ROWS.select("x", "id"))


def test_files_of_two_formats_are_refused(tmp_path: Path) -> None:
    for extension in ("csv", "parquet"):
        WRITE[extension](ROWS, tmp_path / f"t.{extension}")
    with pytest.raises(DataError, match="all files must be of one format"):
        streamed(tmp_path / "t.csv", tmp_path / "t.parquet")


@pytest.mark.parametrize("extension", WRITE)
def test_a_missing_column_is_told_with_the_nearest_name(tmp_path: Path, extension: str) -> None:
    WRITE[extension](ROWS.rename({"id": "idd"}), tmp_path / f"t.{extension}")
    with pytest.raises(DataError, match=r"no column 'id' \(did you mean 'idd'\?\)"):
        streamed(tmp_path / f"t.{extension}")


def test_a_key_may_come_late_and_be_left_out_again(tmp_path: Path) -> None:
    lines = ['{"x": 1}'] * 60 + ['{"x": 2, "id": "a", "inner": {"y": 1}}'] + ['{"x": 3}'] * 60
    (tmp_path / "t.jsonl").write_text("\n".join(lines))
    found = streamed(tmp_path / "t.jsonl")
    assert len(found) > 2
    assert [cell for each in found for cell in each["id"]] == [None] * 60 + ["a"] + [None] * 60
    assert sum(each["x"].sum() for each in found) == 60 + 2 + 180


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("t.csv", b"", "the file is empty"),
        ("t.csv", b"id,x\n", "there is no row in it"),
        ("t.jsonl", b"\n", "the file is empty"),
        ("t.jsonl", b'{"id": 1, "x": 2}\n' * 60 + b"oops\n", "line 61|not JSON"),
        ("t.csv", b"id,x\n" + b"1,2\n" * 200 + b"1,2,3\n", r"line 202 \(row 201\) has 3 cell"),
        ("t.parquet", b"PAR1 and no more", "it is cut off or damaged"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=sentence) as error:
        streamed(tmp_path / name)
    assert name in str(error.value)
