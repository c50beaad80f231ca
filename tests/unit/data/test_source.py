import datetime
from pathlib import Path

import polars as pl
import pytest

from src.data.source import Source, read_table
from src.errors import DataError


def read(folder: Path, content: bytes, *markers: str) -> pl.DataFrame:
    path = folder / "t.csv"
    path.write_bytes(content)
    return read_table(path, markers)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the file is empty"),
        (b"\r\n\n", "the file is empty"),
        (b"a,b\n", "a header and no row below it"),
        (b"a,b", "a header and no row below it"),
        (b"\na,b\n1,2\n", "line 1 is empty; it must name the columns"),
        (b"a,b\n1,2\n3\n", r"line 3 \(row 2\) has 1 cell\(s\), the header has 2"),
        (b'a,b\n"1\n",2\n3\n', r"line 4 \(row 2\) has 1 cell"),
        (b"a,b\n1,2,3\n4\n", r"line 2 \(row 1\) has 3 cell\(s\), the header has 2 \(2 such rows\)"),
        (b"a,b\n1,2\n\n3,4\n", r"line 3 \(row 2\) is empty; remove it"),
        (b"a,b,a\n1,2,3\n", "line 1: 'a' names more than one column"),
        (b"a, a\n1,2\n", "line 1: 'a' names more than one column"),
        (b"a,,c,\n1,2,3,4\n", "line 1: column 2, 4 has no name"),
        (b"a,b\r1,2\r", "line 1 ends with a bare carriage return"),
        (b"a,b\n1,caf\xe9\n", r"line 2 is not UTF-8 \(byte 0xe9 at position 9\)"),
        (b'a,b\n1,"x\n', "line 2: a quotation mark opens a cell"),
    ],
)
def test_a_csv_that_needs_guessing_is_refused_with_the_place(tmp_path: Path, content: bytes, sentence: str) -> None:
    with pytest.raises(DataError, match=rf"t\.csv: .*{sentence}"):
        read(tmp_path, content)


def test_columns_get_the_narrowest_type_that_holds_all_cells(tmp_path: Path) -> None:
    content = b"i,f,e,b,t,code,huge,mixed\n1,1,1e3,true,x,007,12345678901234567890,1\n-2,2.5,.5,FALSE,,12,3,x\n"
    types = [pl.Int64, pl.Float64, pl.Float64, pl.Boolean, pl.String, pl.String, pl.String, pl.String]
    assert read(tmp_path, content).dtypes == types


def test_a_number_behind_a_thousand_texts_or_missing_cells_decides_as_well(tmp_path: Path) -> None:
    rows = "".join(f",{number},{number}\n" for number in range(1500))
    table = read(tmp_path, f"late,whole,text\n{rows}3,0.5,x\n".encode())
    assert table.dtypes == [pl.Int64, pl.Float64, pl.String]
    assert table["late"][-1] == 3


def test_nan_and_inf_among_numbers_stay_recognisable(tmp_path: Path) -> None:
    table = read(tmp_path, b"a,b\n1,1\nnan,inf\n,\n")
    assert str(table["a"].to_list()) == "[1.0, nan, None]"
    assert table["b"].to_list() == [1.0, float("inf"), None]


def test_names_that_spell_nan_stay_text(tmp_path: Path) -> None:
    assert read(tmp_path, b"name\nNan\nInf\n")["name"].to_list() == ["Nan", "Inf"]


def test_missing_cells_are_empty_or_a_marker_quoted_or_not(tmp_path: Path) -> None:
    table = read(tmp_path, b'a,b\n1,x\n"",NA\n"NA","?"\n NA ,  \n-999,y\n-999.0,""\n', "NA", "?", "-999")
    assert table["a"].to_list() == [1.0, None, None, None, None, None]
    assert table["b"].to_list() == ["x", None, None, None, "y", None]


def test_bom_windows_line_ends_and_quoted_separators_are_fine(tmp_path: Path) -> None:
    table = read(tmp_path, b'\xef\xbb\xbf"a ""1""",b\r\n"x, ""y""\r\nz",2\r\nw,3')
    assert table.to_dict(as_series=False) == {'a "1"': ['x, "y"\r\nz', "w"], "b": [2, 3]}


def test_blank_lines_of_a_one_column_table_are_missing_cells(tmp_path: Path) -> None:
    assert read(tmp_path, b"a\n1\n\n3\n\n\n")["a"].to_list() == [1, None, 3]


def test_parquet_and_csv_give_the_same_table(tmp_path: Path) -> None:
    csv = read(tmp_path, b"i,f,b,t,d\n1,0.5,true,x,2020-01-02\n2,,false,NA,2020-01-03\n", "NA")
    days = [datetime.date(2020, 1, 2), datetime.date(2020, 1, 3)]
    text = pl.Series(["x", "NA"], dtype=pl.Categorical)
    pl.DataFrame({"i": [1, 2], "f": [0.5, None], "b": [True, False], "t": text, "d": days}).write_parquet(
        tmp_path / "t.parquet"
    )
    assert read_table(tmp_path / "t.parquet", ["NA"]).equals(csv)


def test_nan_in_parquet_is_missing_only_if_a_marker_says_so(tmp_path: Path) -> None:
    pl.DataFrame({"a": [1.0, float("nan")]}).write_parquet(tmp_path / "t.parquet")
    assert read_table(tmp_path / "t.parquet", [])["a"].is_nan().to_list() == [False, True]
    assert read_table(tmp_path / "t.parquet", ["nan"])["a"].to_list() == [1.0, None]


def test_what_is_no_parquet_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.parquet").write_bytes(b"a,b\n1,2\n")
    with pytest.raises(DataError, match=r"t\.parquet: not a readable Parquet file"):
        read_table(tmp_path / "t.parquet", [])


def test_a_missing_file_gets_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "penguins.csv").touch()
    with pytest.raises(DataError, match=r"no such file: .*pengiuns\.csv; did you mean penguins\.csv\?"):
        read_table(tmp_path / "pengiuns.csv", [])


def test_a_missing_file_that_dvc_knows_is_fetched_with_dvc_pull(tmp_path: Path) -> None:
    (tmp_path / "data.dvc").touch()
    with pytest.raises(DataError, match="DVC keeps it: fetch it with `dvc pull`"):
        read_table(tmp_path / "data" / "t.csv", [])


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"the folder .*nowhere is missing as well.*`dvc pull`"):
        read_table(tmp_path / "nowhere" / "t.csv", [])


def test_a_folder_and_another_extension_are_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").mkdir()
    with pytest.raises(DataError, match=r"t\.csv is a folder; name a file in it"):
        read_table(tmp_path / "t.csv", [])
    with pytest.raises(DataError, match=r"t\.docx: the name must end in \.csv, .*, or dataset\.format say what"):
        read_table(tmp_path / "t.docx", [])


def test_the_line_of_a_row_counts_quoted_newlines(tmp_path: Path) -> None:
    read(tmp_path, b'a,b\n"x\ny",1\nz,2\n')
    source = Source((tmp_path / "t.csv",))
    assert [source.place(row) for row in (1, 2)] == [f"row 1 (line 2) of {source}", f"row 2 (line 4) of {source}"]
