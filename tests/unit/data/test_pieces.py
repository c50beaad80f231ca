"""Text files read in pieces: the same table, the same sentences, the same lines as read at once."""

import gzip
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal, assert_series_equal

from src.config.source import Csv
from src.data import pieces, source
from src.data.kinds import texts
from src.data.source import Source
from src.data.table import HeldTable
from src.errors import DataError

ROWS = [f'{number},{number / 8},"a, ""b""\nline {number % 3}",{"NA" if number % 4 else "true"}' for number in range(60)]
CONTENT = "whole,part,text,flag\r\n" + "\r\n".join(ROWS) + "\r\n"


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "PIECE", 100)
    monkeypatch.setattr(source, "LARGE", 0)


def both(path: Path, csv: Csv | None = None, markers: tuple[str, ...] = ("NA",)) -> tuple[pl.DataFrame, pl.DataFrame]:
    files = Source((path,), csv or Csv())
    table = files.table(list(markers), path.parent / "pieces")
    assert len(list((path.parent / "pieces").iterdir())) > 1
    return table.select(table.columns), files.read(list(markers))


def test_pieces_give_the_table_of_the_whole(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(CONTENT.encode())
    in_pieces, whole = both(tmp_path / "t.csv")
    assert whole.schema == {"whole": pl.Int64, "part": pl.Float64, "text": pl.String, "flag": pl.Boolean}
    assert_frame_equal(in_pieces, whole)


def test_a_packed_file_and_one_with_title_and_byte_order_mark_too(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "t.csv.gz", "wb") as file:
        file.write(("\ufeffA title\n" + CONTENT).encode())
    in_pieces, whole = both(tmp_path / "t.csv.gz", Csv(skip_rows=1))
    assert_frame_equal(in_pieces, whole)


def test_a_file_without_header_too(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("\n".join(ROWS))
    in_pieces, whole = both(tmp_path / "t.csv", Csv(header=False))
    assert in_pieces.columns == ["column_1", "column_2", "column_3", "column_4"]
    assert_frame_equal(in_pieces, whole)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(st.sampled_from(["1", "2.5", "007", "", "x", "true", "1e5", "-3"]), min_size=40, max_size=80))
def test_the_type_of_a_column_is_that_of_all_its_cells(
    tmp_path_factory: pytest.TempPathFactory, cells: list[str]
) -> None:
    path = tmp_path_factory.mktemp("cells") / "t.csv"
    path.write_text("a,b\n" + "".join(f"{cell},0\n" for cell in cells))
    in_pieces, whole = both(path, markers=())
    assert in_pieces.schema == whole.schema
    assert_series_equal(texts(in_pieces["a"]), texts(whole["a"]))


@pytest.mark.parametrize(
    ("wrong", "at", "sentence"),
    [
        ("1,2", 50, r"line {line} \(row 51\) has 2 cell\(s\), the header has 4; put cells"),
        ("1,2,3,4,5", 30, r"line {line} \(row 31\) has 5 cell\(s\), the header has 4; put cells"),
        ("", 40, r"line {line} \(row 41\) is empty; remove it"),
        ("whole,part,text,flag", 45, r"line {line} \(row 46\) repeats the header; remove it"),
        ('1,2,5" pipe,4', 25, r"line {line}: a quotation mark in the middle of a cell"),
        ('1,2,"open', 60, r"line {line}: a quotation mark opens a cell and none closes it"),
    ],
)
def test_what_is_wrong_in_a_later_piece_is_told_with_its_line(
    tmp_path: Path, wrong: str, at: int, sentence: str
) -> None:
    above = "\n".join(["whole,part,text,flag", *ROWS[:at]]) + "\n"
    (tmp_path / "t.csv").write_text("\n".join([above + wrong, *ROWS[at:]]) + "\n")
    expected = r"t\.csv: " + sentence.format(line=above.count("\n") + 1)
    with pytest.raises(DataError, match=expected):
        both(tmp_path / "t.csv")
    with pytest.raises(DataError, match=expected):
        Source((tmp_path / "t.csv",)).read([])


def test_the_place_of_a_row_is_found_in_its_piece(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(CONTENT.encode())
    files = Source((tmp_path / "t.csv",))
    assert files.place(1) == f"row 1 (line 2) of {tmp_path / 't.csv'}"
    assert files.place(60) == f"row 60 (line 120) of {tmp_path / 't.csv'}"


def test_files_with_comments_and_of_other_encodings_are_read_at_once(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes("a,b\n1,é\n2,f\n3,g\n".encode("latin-1"))
    table = Source((tmp_path / "t.csv",), Csv(encoding="latin-1")).table([], tmp_path / "pieces")
    assert isinstance(table, HeldTable)
    assert not (tmp_path / "pieces").exists()
