"""Kinds of files, and several files as one table."""

import gzip
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from src.config.dataset import Dataset
from src.config.source import EXTENSIONS, Csv, format_of
from src.data.files import located
from src.data.prepare import prepare
from src.data.source import Source, read_table
from src.errors import DataError
from tests import kept_by_dvc

TABLE = pl.DataFrame({"whole": [1, 2, 3], "number": [0.5, None, -1e3], "text": ["x", "é, y", None]})


def stream(table: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    table.write_ipc_stream(buffer)
    return buffer.getvalue()


def content(name: str) -> bytes:
    buffer = io.BytesIO()
    match format_of(name):
        case "csv":
            TABLE.write_csv(buffer)
        case "tsv":
            TABLE.write_csv(buffer, separator="\t")
        case "parquet":
            TABLE.write_parquet(buffer)
        case "arrow":
            TABLE.write_ipc(buffer)
        case "jsonl":
            TABLE.write_ndjson(buffer)
        case "excel":
            TABLE.write_excel(buffer)
    return gzip.compress(buffer.getvalue()) if name.endswith(".gz") else buffer.getvalue()


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_each_format_gives_the_same_table(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"t{extension.upper() if extension == '.feather' else extension}"
    path.write_bytes(content(f"t{extension}"))
    assert_frame_equal(read_table(path, []), TABLE)


def test_an_arrow_stream_is_an_arrow_file_too(tmp_path: Path) -> None:
    (tmp_path / "t.arrow").write_bytes(stream(TABLE))
    assert_frame_equal(read_table(tmp_path / "t.arrow", []), TABLE)


def test_the_format_can_be_said_where_the_name_does_not(tmp_path: Path) -> None:
    (tmp_path / "t.data").write_bytes(content("t.tsv"))
    assert_frame_equal(Source((tmp_path / "t.data",), format="tsv").read([]), TABLE)
    with pytest.raises(DataError, match=r"t\.data: the name must end in \.csv, .* or dataset\.format say what it is"):
        read_table(tmp_path / "t.data", [])


def test_a_key_that_a_json_line_lacks_is_a_missing_cell(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text('{"a": 1, "b": "x"}\n\n{"a": 2.5}\n{"a": null, "b": "NA"}\n')
    table = read_table(tmp_path / "t.jsonl", ["NA"])
    assert table.to_dict(as_series=False) == {"a": [1.0, 2.5, None], "b": ["x", None, None]}
    assert Source((tmp_path / "t.jsonl",)).place(2) == f"row 2 (line 3) of {tmp_path / 't.jsonl'}"


def test_numbers_with_other_signs_are_the_same_numbers(tmp_path: Path) -> None:
    plain, other = "a;b;c;d\n1234.5;1;x;0.5e3\n-7;2000000;7.25;\n", "a;b;c;d\n1.234,5;1;x;0,5e3\n-7;2.000.000;7,25;\n"
    (tmp_path / "plain.csv").write_text(plain)
    (tmp_path / "other.csv").write_text(other)
    expected = read_table(tmp_path / "plain.csv", [])
    assert expected.dtypes == [pl.Float64, pl.Int64, pl.String, pl.Float64]
    assert_frame_equal(read_table(tmp_path / "other.csv", [], Csv(decimal=",", thousands=".")), expected)


def test_a_table_without_header_has_numbered_columns_and_counts_from_line_1(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("5.1,a\n4.9,b\n")
    source = Source((tmp_path / "t.csv",), Csv(header=False))
    assert source.read([]).to_dict(as_series=False) == {"column_1": [5.1, 4.9], "column_2": ["a", "b"]}
    assert source.place(2).startswith("row 2 (line 2) of")


def test_lines_are_those_of_the_file_behind_title_and_comments(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('Title\n# 1\na,b\n# 2\n"# no\n# comment",1\n# 3\ny,2\n')
    source = Source((tmp_path / "t.csv",), Csv(comment="#", skip_rows=1))
    assert source.read([])["a"].to_list() == ["# no\n# comment", "y"]
    assert [source.place(row).partition(" of ")[0] for row in (1, 2)] == ["row 1 (line 5)", "row 2 (line 8)"]


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    folder = tmp_path / "parts"
    folder.mkdir()
    for number, (low, high) in enumerate([(0, 10), (10, 40), (40, 60)]):
        lines = [f"{i}{'' if number else '.5'},{'ab'[i % 2]}\n" for i in range(low, high)]
        (folder / f"part{number}.csv").write_text("size,kind\n" + "".join(lines))
    for name in ("README.md", "~$part0.xlsx", "._part0.csv"):
        (folder / name).write_text("not a table")
    return folder


@pytest.mark.parametrize("form", ["{0}", "{0}/part*.csv", "{0}/**/*.csv", "list"])
def test_a_folder_a_glob_and_a_list_are_one_table_in_order(parts: Path, form: str) -> None:
    each = sorted(parts.glob("part*.csv"))
    files = located([str(path) for path in each] if form == "list" else form.format(parts), parts)
    table = Source(files).read([])
    assert list(files) == each
    assert table["size"].to_list() == [i + 0.5 if i < 10 else i for i in range(60)]


def test_a_relative_glob_is_looked_for_here_and_then_in_the_project(
    parts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(located("parts/*.csv", parts.parent)) == 3
    monkeypatch.chdir(parts)
    assert located("part1.csv", parts.parent) == (Path("part1.csv"),)


def test_a_row_is_placed_in_its_file(parts: Path) -> None:
    source = Source(located(str(parts), parts))
    assert source.place(10) == f"row 10 (line 11) of {parts / 'part0.csv'}"
    assert source.place(11) == f"row 1 (line 2) of {parts / 'part1.csv'}"
    assert source.place(60) == f"row 20 (line 21) of {parts / 'part2.csv'}"


def test_facts_of_several_files_are_those_of_their_bytes_in_order(parts: Path) -> None:
    kept_by_dvc.add(parts)
    keys: dict[str, Any] = {"name": "t", "target": "kind", "columns": {"numeric": ["size"]}}
    paths = [f"parts/part{number}.csv" for number in (1, 0)]
    facts = prepare(Dataset.model_validate({**keys, "path": paths}), parts.parent).facts
    content = b"".join((parts.parent / path).read_bytes() for path in paths)
    assert facts["sha256"] == hashlib.sha256(content).hexdigest()
    assert facts["path"] == "parts/part1.csv, parts/part0.csv"
    assert facts["dvc"].endswith(".dir")
    assert facts["dvc_state"] == "same"
    assert facts["rows"]["table"] == 40


def test_a_wrong_cell_and_a_wrong_line_name_their_file(parts: Path) -> None:
    (parts / "part2.csv").write_text("size,kind\n1,a\nlong,b\n")
    keys: dict[str, Any] = {"name": "t", "target": "kind", "columns": {"numeric": ["size"]}, "path": "parts"}
    with pytest.raises(DataError, match=r"column 'size' row 2 \(line 3\) of .*part2\.csv: 'long' is not a number"):
        prepare(Dataset.model_validate(keys), parts.parent)
    (parts / "part1.csv").write_text("size,kind\n1,a\n2\n")
    with pytest.raises(DataError, match=r"part1\.csv: line 3 \(row 2\) has 1 cell"):
        prepare(Dataset.model_validate(keys), parts.parent)


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ("size,sort", r"part1\.csv has no column kind; .*part0\.csv has"),
        ("size,kind,more", r"part1\.csv has the column more; .*part0\.csv has not\. All files need the same columns"),
    ],
)
def test_files_with_other_columns_are_refused(parts: Path, header: str, sentence: str) -> None:
    (parts / "part1.csv").write_text(f"{header}\n{','.join('1' for _ in header.split(','))}\n")
    with pytest.raises(DataError, match=sentence):
        Source(located(str(parts), parts)).read([])


def test_columns_in_another_order_are_put_in_order(parts: Path) -> None:
    (parts / "part1.csv").write_text("kind,size\na,77\n")
    assert Source(located(str(parts), parts)).read([])["size"][10] == 77


def test_a_column_of_two_types_is_refused(tmp_path: Path) -> None:
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "1.parquet")
    pl.DataFrame({"a": [0.5]}).write_parquet(tmp_path / "2.parquet")
    source = Source(located(str(tmp_path), tmp_path))
    assert source.read([])["a"].to_list() == [1.0, 0.5]
    pl.DataFrame({"a": ["x"]}).write_parquet(tmp_path / "2.parquet")
    with pytest.raises(DataError, match=r"column 'a' is Int64 in .*1\.parquet and String in .*2\.parquet"):
        source.read([])


def test_paths_that_name_no_table_are_refused(parts: Path) -> None:
    with pytest.raises(DataError, match=r"no file fits .*\*\.parquet"):
        located(str(parts / "*.parquet"), parts)
    with pytest.raises(DataError, match=r"part1\.csv more than once; its rows would count twice"):
        located([str(parts), str(parts / "part1.csv")], parts)
    (parts / "deep").mkdir()
    with pytest.raises(DataError, match=r"deep is a folder without a table; it holds: none"):
        located(str(parts / "deep"), parts)
    (parts / "part3.parquet").write_bytes(content("t.parquet"))
    with pytest.raises(DataError, match="all files must be of one format"):
        Source(located(str(parts), parts)).read([])


def test_csv_options_for_a_file_that_is_no_csv_are_refused(tmp_path: Path) -> None:
    (tmp_path / "t.parquet").write_bytes(content("t.parquet"))
    keys: dict[str, Any] = {"name": "t", "target": "text", "columns": {"numeric": ["whole"]}, "path": "t.parquet"}
    with pytest.raises(DataError, match=r"dataset\.csv has an effect on CSV and TSV files only, not on .*t\.parquet"):
        Source.of(Dataset.model_validate({**keys, "csv": {"decimal": ","}}), tmp_path)


@pytest.mark.parametrize("text", ['{"a": 1}\n\n{"a": 2, "b": 1, "a": 3}\n', '{"a": 1}\n{}\n{"a" : {"x": 1}, "a": 4}\n'])
def test_a_key_that_a_json_line_has_twice_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.jsonl").write_text(text)
    with pytest.raises(DataError, match=r"t\.jsonl: line 3 has the key 'a' more than once; write each once"):
        read_table(tmp_path / "t.jsonl", [])


def test_what_only_looks_like_a_key_twice_is_read(tmp_path: Path) -> None:
    rows = [{"a": 'x, "a": 1, "a": 2', "b": {"a": 1}}, {"a": "\\", "b": {"a": 3}}]
    (tmp_path / "t.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert read_table(tmp_path / "t.jsonl", [])["a"].to_list() == [row["a"] for row in rows]


def test_a_lack_of_memory_is_not_taken_for_a_damaged_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(*_: object, **__: object) -> pl.DataFrame:
        raise pl.exceptions.ComputeError("Cannot allocate memory (os error 12)")

    TABLE.write_parquet(tmp_path / "t.parquet")
    monkeypatch.setattr(pl, "scan_parquet", lacking)
    with pytest.raises(MemoryError):
        read_table(tmp_path / "t.parquet", [])
