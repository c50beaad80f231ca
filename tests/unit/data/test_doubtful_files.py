"""Files that people really have: each is either read right or explained, with its place and what to do."""

import gzip
import io
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from src.config.dataset import Dataset
from src.data.inspection import verdict
from src.data.kinds import texts
from src.data.prepare import prepare
from src.data.source import Source, read_table
from src.errors import DataError

HEADER = b"size,count,kind\n"
ROWS = b"".join(b"%d.%d,%d,%s\n" % (i % 7, i, i, (b"a", b"b")[i % 2]) for i in range(30))
GOOD = HEADER + ROWS


def with_label(content: bytes, old: bytes = b",a\n", new: bytes = b",\xc3\xa9\n") -> bytes:
    return content.replace(old, new)


def parquet(**columns: Any) -> bytes:
    buffer = io.BytesIO()
    whole = {"size": [float(i) for i in range(30)], "count": [*range(30)], "kind": ["a", "b"] * 15}
    pl.DataFrame({**whole, **columns}).write_parquet(buffer)
    return buffer.getvalue()


def described(path: Path, csv: dict[str, Any], columns: dict[str, Any] | None = None) -> Dataset:
    columns = columns or {"numeric": ["size", "count"]}
    keys = {"name": "t", "path": str(path), "target": "kind", "columns": columns, "csv": csv}
    return Dataset.model_validate(keys)


def used(folder: Path, content: bytes, csv: dict[str, Any], name: str = "t.csv") -> pl.DataFrame:
    """The table, when training could start from it: its numbers are numbers, its labels are there."""
    (folder / name).write_bytes(content)
    dataset = described(folder / name, csv)
    prepare(dataset, folder)
    return Source.of(dataset, folder).read([])


SEMICOLONS = GOOD.replace(b",", b";")
GERMAN = SEMICOLONS.replace(b".", b",")

READ: dict[str, tuple[bytes, dict[str, Any]]] = {
    "plain": (GOOD, {}),
    "no newline at the end": (GOOD.rstrip(), {}),
    "BOM": (b"\xef\xbb\xbf" + GOOD, {}),
    "UTF-16 with BOM": (GOOD.decode().encode("utf-16"), {}),
    "UTF-16, declared": (GOOD.decode().encode("utf-16-le"), {"encoding": "utf-16"}),
    "Windows line ends": (GOOD.replace(b"\n", b"\r\n"), {}),
    "semicolons": (SEMICOLONS, {}),
    "tabs": (GOOD.replace(b",", b"\t"), {}),
    "bars": (GOOD.replace(b",", b"|"), {}),
    "another sign, declared": (GOOD.replace(b",", b":"), {"separator": ":"}),
    "decimal comma, declared": (GERMAN, {"decimal": ","}),
    "quoted cells": (GOOD.replace(b",a\n", b',"a"\n').replace(b"size", b'"size"'), {}),
    "single quotes, declared": (GOOD.replace(b",a\n", b",'a'\n"), {"quote": "'"}),
    "comments, declared": (b'# "made by\n' + GOOD + b"# end\n", {"comment": "#"}),
    "title, declared": (b"Report; of\n\n" + GOOD, {"skip_rows": 2}),
    "spaces around cells": (GOOD.replace(b",a\n", b", a \n").replace(b",count", b", count "), {}),
}


@pytest.mark.parametrize("case", READ)
def test_a_harmless_file_is_read_like_the_plain_one(tmp_path: Path, case: str) -> None:
    assert used(tmp_path, *READ[case]).equals(used(tmp_path, GOOD, {}))


def last(line: bytes) -> bytes:
    return GOOD + line + b"\n"


NUMBER = r"column 'size' row 31 \(line 32\) of .*t\.csv: "
MISSING = r"is not a finite number; leave the cell empty or list the value under missing\.markers"

REFUSED: dict[str, tuple[bytes, dict[str, Any], str]] = {
    "empty": (b"", {}, "the file is empty; a header line and rows are needed"),
    "header only": (HEADER, {}, "a header and no row below it"),
    "no header": (ROWS, {}, r"line 1 holds numbers where names are required; .* dataset\.csv\.header: false"),
    "UTF-16 without BOM": (
        GOOD.decode().encode("utf-16-le"),
        {},
        r"line 1 .* NUL byte.*dataset\.csv\.encoding: utf-16",
    ),
    "Latin-1": (with_label(GOOD, new=b",\xe9\n"), {}, r"line 2 is not UTF-8 \(byte 0xe9 .*dataset\.csv\.encoding"),
    "UTF-8 declared as Latin-1": (with_label(GOOD), {"encoding": "latin-1"}, "the file is UTF-8; set"),
    "cp1252 declared as Latin-1": (last(b"1,2,\x93"), {"encoding": "latin-1"}, r"line 32 .*0x93.*encoding: cp1252"),
    "bytes that cp1252 lacks": (last(b"1,2,\x81"), {"encoding": "cp1252"}, r"line 32 is not CP1252 \(byte 0x81"),
    "two encodings": (with_label(GOOD) + b"1,2,\xe9\n", {}, "line 32 is not UTF-8 .* else repair the line"),
    "CR only": (GOOD.replace(b"\n", b"\r"), {}, "line 1 ends with a bare carriage return; save"),
    "two separators": (b"a,b;kind\n" + b"1,2;a\n" * 9, {}, r"by ',' or by ';'; set dataset\.csv\.separator"),
    "Excel's own line": (b"sep=,\n" + GOOD, {}, r"line 1 tells Excel the separator; set dataset\.csv\.skip_rows: 1"),
    "decimal comma": (GERMAN, {}, r"row 1 \(line 2\).*'0,0' is not a number.*dataset\.csv\.decimal"),
    "decimal point": (
        GERMAN + b"1;2.5;a\n",
        {"decimal": ","},
        r"'count': '2\.5' has a decimal point, .*thousands: '\.'",
    ),
    "thousands": (last(b'"1,234,567",2,a'), {}, NUMBER + r"'1,234,567' is not .*set dataset\.csv\.thousands"),
    "no thousands": (last(b'"1,23",2,a'), {"thousands": ","}, NUMBER + "'1,23' is not a number"),
    "duplicate names": (b"size,size,kind\n" + ROWS, {}, "line 1: 'size' names more than one column; names must differ"),
    "blank name": (b"size,,kind\n" + ROWS, {}, "line 1: column 2 has no name; each column needs one"),
    "short row": (last(b"1,2"), {}, r"line 32 \(row 31\) has 2 cell\(s\), the header has 3; .* is left empty"),
    "long row": (last(b"1,2,3,a"), {}, r"line 32 \(row 31\) has 4 cell\(s\), the header has 3; .* quotation marks"),
    "comma behind all": (GOOD.replace(b"\n", b",\n"), {}, "line 1: column 4 has no name"),
    "comma behind rows": (HEADER + ROWS.replace(b"\n", b",\n"), {}, "each row ends with a separator .* end the header"),
    "open quote": (last(b'1,2,"a\n3,4,b'), {}, "line 32: a quotation mark opens a cell and none closes it; add"),
    "inner quote": (last(b'1,2,5" a'), {}, "line 32: a quotation mark in the middle of a cell; put the whole"),
    "NUL": (last(b"1,2,a\0"), {}, "line 32 holds a NUL byte, which no text has"),
    "comment": (last(b"# end"), {}, r"line 32 \(row 31\) has 1 cell.*set dataset\.csv\.comment: '#'"),
    "comment on top": (b"# begin\n" + GOOD, {}, r"line 2 \(row 1\) has 3 cell.*set dataset\.csv\.comment: '#'"),
    "title": (b"Report\n\n" + GOOD, {}, r"the header has 1.*above line 3 is a title, set dataset\.csv\.skip_rows: 2"),
    "title, then a short row": (b"Report\n" + last(b"1,2"), {"skip_rows": 1}, r"line 33 \(row 31\) has 2 cell"),
    "more to skip than there is": (GOOD, {"skip_rows": 99}, "skip_rows is 99, and the file has 31 line"),
    "footer": (last(b"30 rows"), {}, r"line 32 \(row 31\) has 1 cell\(s\).*if this is a footer, remove it"),
    "repeated header": (GOOD + GOOD, {}, r"line 32 \(row 31\) repeats the header; remove it"),
    "empty line": (GOOD + b"\n" + ROWS, {}, r"line 32 \(row 31\) is empty; remove it"),
    "text": (last(b"long,2,a"), {}, NUMBER + r"'long' is not a number; .* columns\.categorical"),
    "percent": (last(b"12%,2,a"), {}, NUMBER + "'12%' is not a number.* take the sign out of the file"),
    "currency": (last(b"$5.00,2,a"), {}, NUMBER + r"'\$5\.00' is not a number.* take the sign out of the file"),
    "1e400": (last(b"1e400,2,a"), {}, NUMBER + "'1e400' " + MISSING),
    "date": (last(b"2020-01-02,2,a"), {}, NUMBER + "'2020-01-02' is not a number"),
    "web page": (b"<!DOCTYPE html>\n<html>404</html>\n", {}, "line 1: the file is a web page.*fetch the table itself"),
    "JSON": (b'[{"size": 1}]', {}, r"line 1: the file is JSON; .* dataset\.format: jsonl"),
    "Git LFS": (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", {}, "Git LFS pointer.*`git lfs pull`"),
    "Parquet": (parquet(), {}, r"the file is a Parquet file; set dataset\.format: parquet"),
    "gzip": (gzip.compress(GOOD), {}, r"compressed with gzip; name it \.csv\.gz"),
    "Excel": (b"PK\x03\x04...", {}, "a ZIP archive or an Excel workbook"),
    "a long cell": (last(b"z" * 20_000_000 + b",2,a"), {}, NUMBER + "'z{60}…' is not a number"),
    "a long name": (b"z" * 20_000_000 + b",b\n1,2", {}, "the name of column 1 has more than 1000 characters"),
    "a line of commas": (b"," * 2_000_000, {}, "line 1 has 2,000,001 cells; at most 100,000 columns"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_needs_guessing_is_explained_on_one_screen(tmp_path: Path, case: str) -> None:
    content, csv, sentence = REFUSED[case]
    with pytest.raises(DataError, match=sentence) as caught:
        used(tmp_path, content, csv)
    assert "t.csv" in str(caught.value)
    assert len(str(caught.value)) < 600 + len(str(tmp_path))


@pytest.mark.parametrize("word", ["nan", "NaN", "NAN", "inf", "-Inf", "Infinity"])
def test_numbers_that_are_none_are_refused_however_they_are_spelled(tmp_path: Path, word: str) -> None:
    with pytest.raises(DataError, match=MISSING):
        used(tmp_path, last(word.encode() + b",2,a"), {})


@pytest.mark.parametrize("word", ["#N/A", "NULL", "n/a", "None", "-", "?", "NA"])
def test_words_for_missing_are_refused_until_they_are_declared(tmp_path: Path, word: str) -> None:
    with pytest.raises(DataError, match=r"is not a number; .*the value under missing\.markers if it means missing"):
        used(tmp_path, last(word.encode() + b",2,a"), {})
    assert read_table(tmp_path / "t.csv", [word])["size"].to_list()[-2:] == [1.29, None]


def read(folder: Path, content: str | bytes, name: str = "t.csv") -> pl.DataFrame:
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(folder / name, [])


def test_codes_keep_every_digit(tmp_path: Path) -> None:
    table = read(tmp_path, "zeros,large,larger\n007,9007199254740993,12345678901234567890\n010,1,2\n")
    assert table["zeros"].to_list() == ["007", "010"]
    assert texts(table["large"]).to_list() == ["9007199254740993", "1"]
    assert table["larger"].to_list() == ["12345678901234567890", "2"]


def test_dates_written_in_several_ways_stay_as_they_are(tmp_path: Path) -> None:
    assert read(tmp_path, "day\n2020-01-02\n02.01.2020\n1/2/20\n")["day"].to_list() == [
        "2020-01-02",
        "02.01.2020",
        "1/2/20",
    ]


def test_names_that_differ_in_case_are_two_columns(tmp_path: Path) -> None:
    assert read(tmp_path, "Age,age\n1,2\n").to_dict(as_series=False) == {"Age": [1], "age": [2]}


def test_two_unicode_forms_of_a_word_are_one_label_and_one_name(tmp_path: Path) -> None:
    assert read(tmp_path, "cafe\u0301,b\ncafe\u0301,1\ncaf\u00e9,2\n")["caf\u00e9"].n_unique() == 1
    with pytest.raises(DataError, match="'caf\u00e9' names more than one column"):
        read(tmp_path, "cafe\u0301,caf\u00e9\n1,2\n")


@pytest.mark.parametrize("cells", [["9,4", "10,1", "7"], ["1,234,567", "12"], ["5%", "17 %"], ["$5.00", "$1,000"]])
def test_numbers_written_otherwise_are_no_categories(cells: list[str]) -> None:
    found = verdict(pl.Series("price", cells * 20))
    assert found.kind == "left_out"
    assert "numbers written like" in found.why


def test_a_target_of_numbers_written_otherwise_is_no_set_of_classes(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(GERMAN)
    dataset = described(tmp_path / "t.csv", {}, {"numeric": ["count"]}).model_copy(update={"target": "size"})
    with pytest.raises(
        DataError, match=r"target 'size' row 1 \(line 2\) of .*'0,0' is not a number.*dataset\.csv\.decimal"
    ):
        prepare(dataset, tmp_path)


def test_a_newline_in_quotes_belongs_to_its_cell(tmp_path: Path) -> None:
    assert read(tmp_path, 'a,b\n"x\ny",1\n')["a"].to_list() == ["x\ny"]


def test_ten_thousand_columns_are_read(tmp_path: Path) -> None:
    names = [f"c{number}" for number in range(10_000)]
    line = ",".join("7" for _ in names)
    assert read(tmp_path, f"{','.join(names)}\n{line}\n{line}\n").shape == (2, 10_000)


def test_a_cell_of_twenty_megabytes_is_a_cell(tmp_path: Path) -> None:
    assert read(tmp_path, "a,b\n1," + "z" * 20_000_000 + "\n")["b"].str.len_bytes().item() == 20_000_000


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("t.parquet", GOOD, "not a readable Parquet file"),
        ("t.parquet", b"", "not a readable Parquet file"),
        ("t.parquet", parquet()[:-30], "not a readable Parquet file: it is cut off or damaged; fetch it again"),
        ("t.parquet", b"version https://git-lfs.github.com/spec/v1\n", "the file is a Git LFS pointer"),
        ("t.arrow", GOOD, "not a readable Arrow file"),
        ("t.arrow", b"", "not a readable Arrow file"),
        ("t.arrow", b"ARROW1" + GOOD, "not a readable Arrow file: it is cut off or damaged"),
        ("t.jsonl", GOOD, "line 1 is not JSON"),
        ("t.jsonl", b"", "the file is empty"),
        ("t.jsonl", b"[1, 2]\n", "line 1 is no JSON object"),
        ("t.jsonl", b'{"a": 1}\n\n{"a": tru}\n', "line 3 is not JSON"),
        (
            "t.jsonl",
            b'{"a": 1}\n{"a": true}\n',
            "line 2: 'a' is true or false, in line 1 it is a number; write all alike",
        ),
        ("t.jsonl", parquet(), "the file is a Parquet file"),
        ("t.csv.gz", GOOD, "not a whole gzip file"),
        ("t.csv.gz", gzip.compress(GOOD)[:-20], "not a whole gzip file .*; fetch or pack it again"),
    ],
)
def test_a_file_of_another_kind_than_its_name_says_is_explained(
    tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    with pytest.raises(DataError, match=sentence) as caught:
        read(tmp_path, content, name)
    assert name in str(caught.value)


def test_nested_columns_of_parquet_matter_only_where_they_are_used(tmp_path: Path) -> None:
    content = parquet(pair=[[1, 2]] * 30)
    assert used(tmp_path, content, {}, "t.parquet").width == 4
    with pytest.raises(DataError, match=r"column 'pair' holds List\(Int64\); numbers are required"):
        prepare(described(tmp_path / "t.parquet", {}, {"numeric": ["pair"]}), tmp_path)


def test_decimals_of_parquet_are_numbers(tmp_path: Path) -> None:
    price = pl.Series([1.25] * 30).cast(pl.Decimal(10, 2))
    (tmp_path / "t.parquet").write_bytes(parquet(price=price))
    prepared = prepare(described(tmp_path / "t.parquet", {}, {"numeric": ["price"]}), tmp_path)
    assert set(prepared.parts["train"].x_num[:, 0].tolist()) == {1.25}
