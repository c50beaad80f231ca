"""Workbooks that people really have: each is either read right or explained, with its sheet, row and what to do."""

import datetime
import io
import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from polars.testing import assert_frame_equal
from xlsxwriter.worksheet import Worksheet

from src.config.dataset import Dataset
from src.data.prepare import prepare
from src.data.source import Source, read_table
from src.errors import DataError

Row = Sequence[Any]
HEADER: Row = ["size", "kind"]
ROWS: list[Row] = [[(i + 1) / 4, "ab"[i % 2]] for i in range(12)]


def workbook(path: Path, **sheets: Sequence[Row] | Callable[[Worksheet], Any]) -> Path:
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm:ss", "nan_inf_to_errors": True}) as book:
        for name, cells in sheets.items():
            sheet = book.add_worksheet(name)
            if callable(cells):
                cells(sheet)
                continue
            for number, row in enumerate(cells):
                sheet.write_row(number, 0, row)
    return path


def rewritten(path: Path, old: bytes, new: bytes, name: str = "xl/worksheets/sheet1.xml") -> Path:
    """With other bytes in a file of the archive, by default that of the first sheet."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files[name], count = re.subn(old, new, files[name])
    assert count
    with zipfile.ZipFile(path, "w") as archive:
        for each, content in files.items():
            archive.writestr(each, content)
    return path


def below_a_gap(sheet: Worksheet) -> None:
    for number, row in enumerate([HEADER, *ROWS]):
        sheet.write_row(number + 3, 2, row)


def with_formulas(sheet: Worksheet) -> None:
    sheet.write_row(0, 0, HEADER)
    for number, (size, kind) in enumerate(ROWS, 1):
        sheet.write_formula(number, 0, f"={size}*1", None, size)
        sheet.write_string(number, 1, kind)


def with_empty_results(sheet: Worksheet) -> None:
    with_formulas(sheet)
    sheet.write_string("C1", "note")
    for number in range(1, len(ROWS) + 1):
        sheet.write_formula(number, 2, '=""', None, "" if number % 2 else "x")


def with_formats_beyond(sheet: Worksheet) -> None:
    for number, row in enumerate([HEADER, *ROWS]):
        sheet.write_row(number, 0, row)
    sheet.write_string(30, 0, "  ")
    sheet.write_string(2, 7, "")


READ: dict[str, Sequence[Row] | Callable[[Worksheet], Any]] = {
    "empty rows and columns around": below_a_gap,
    "results of formulas": with_formulas,
    "blanks beyond the table": with_formats_beyond,
    "numbers written as text": [HEADER, *([str(size), kind] for size, kind in ROWS)],
    "an empty column between": [["size", "", "kind"], *([size, "", kind] for size, kind in ROWS)],
    "spaces around": [[" size", "kind "], *([size, f" {kind} "] for size, kind in ROWS)],
}


@pytest.mark.parametrize("case", READ)
def test_a_harmless_workbook_is_read_like_the_plain_one(tmp_path: Path, case: str) -> None:
    plain = read_table(workbook(tmp_path / "plain.xlsx", Data=[HEADER, *ROWS]), [])
    assert plain.to_dicts() == [{"size": size, "kind": kind} for size, kind in ROWS]
    assert_frame_equal(read_table(workbook(tmp_path / "t.xlsx", Data=READ[case]), []), plain)


def test_cells_have_the_types_that_they_have_in_a_csv_file(tmp_path: Path) -> None:
    day, moment, clock = datetime.date(2024, 2, 29), datetime.datetime(2024, 2, 29, 13, 5), datetime.time(13, 5)
    header = ["whole", "mixed", "yes", "code", "day", "moment", "clock"]
    path = workbook(tmp_path / "t.xlsx", Data=[header, [1, 2, True, "007", day, moment, clock], [3, 0.1, False, "1"]])
    assert read_table(path, []).to_dict(as_series=False) == {
        "whole": [1, 3],
        "mixed": [2.0, 0.1],
        "yes": [True, False],
        "code": ["007", "1"],
        "day": ["2024-02-29", None],
        "moment": ["2024-02-29 13:05:00", None],
        "clock": ["13:05:00", None],
    }


def test_days_count_from_1904_where_the_workbook_says_so(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "t.xlsx", {"date_1904": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "day")
        sheet.write_datetime(1, 0, datetime.datetime(2024, 2, 29))
    assert read_table(tmp_path / "t.xlsx", [])["day"].to_list() == ["2024-02-29"]


def merged_title(sheet: Worksheet) -> None:
    sheet.merge_range("A1:B1", "Report")
    for number, row in enumerate([HEADER, *ROWS], 1):
        sheet.write_row(number, 0, row)


def merged_labels(sheet: Worksheet) -> None:
    with_formulas(sheet)
    sheet.merge_range("B2:B5", "a")


def with_error(sheet: Worksheet) -> None:
    with_formulas(sheet)
    sheet.write_formula("A5", "=1/0", None, "#DIV/0!")
    sheet.write_formula("B7", "=NA()", None, "#N/A")


REFUSED: dict[str, tuple[Sequence[Row] | Callable[[Worksheet], Any], str]] = {
    "empty": ([], "sheet 'Data': there is no cell in it; a header and rows are needed"),
    "header alone": ([HEADER], r"t\.xlsx: there is a header and no row below it"),
    "title": ([["Report"], HEADER, *ROWS], "sheet 'Data': row 1: column 2 has no name; .* if a title stands above"),
    "merged title": (merged_title, "the cells A1:B1 are merged, .* or delete the rows if they are a title"),
    "merged labels": (merged_labels, "sheet 'Data': the cells B2:B5 are merged, so that all but the first are empty"),
    "no header": (ROWS, "sheet 'Data': row 1 holds numbers where names are required; if a title"),
    "blank name": ([["size", " "], *ROWS], "sheet 'Data': row 1: column 2 has no name"),
    "name twice": ([["size", "size"], *ROWS], "sheet 'Data': row 1: 'size' names more than one column"),
    "an error": (with_error, r"row 5, column 'size': the formula gives the error #DIV/0! \(2 such cells\); mend"),
    "empty row": ([HEADER, *ROWS[:3], [], *ROWS[3:]], "sheet 'Data': row 5 is empty, and others follow"),
    "footer": ([HEADER, *ROWS, [], ["Source: me"]], "sheet 'Data': row 14 is empty, and others follow; delete"),
    "total": ([HEADER, *ROWS, ["Total 16", "a"]], r"'size' row 13 \(sheet 'Data', row 14\) of .*: 'Total 16' is not a"),
    "text among numbers": ([HEADER, *ROWS, ["n/a", "a"]], r"\(sheet 'Data', row 14\) of .*: 'n/a' is not a number"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_doubtful_workbook_is_explained(tmp_path: Path, case: str) -> None:
    cells, sentence = REFUSED[case]
    workbook(tmp_path / "t.xlsx", Data=cells)
    keys: dict[str, Any] = {"name": "t", "path": "t.xlsx", "target": "kind", "columns": {"numeric": ["size"]}}
    with pytest.raises(DataError, match=sentence):
        prepare(Dataset.model_validate(keys), tmp_path)


def test_a_formula_that_was_never_calculated_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", Data=with_formulas)
    with pytest.raises(DataError, match=r"sheet 'Data': A3 holds a formula without a result; open the workbook"):
        read_table(rewritten(path, rb"<v>0.5</v>", rb""), [])
    with pytest.raises(DataError, match=r"sheet 'Data': A2, A3, A4 and 9 more hold formulas without a result"):
        read_table(rewritten(path, rb"</f><v>[\d.]+</v>", rb"</f><v></v>"), [])


def test_a_formula_whose_result_is_no_text_at_all_gives_an_empty_cell(tmp_path: Path) -> None:
    path = rewritten(workbook(tmp_path / "t.xlsx", Data=with_empty_results), rb'<c r="(C\d+)">', rb'<c r="\1" t="str">')
    assert read_table(path, [])["note"].to_list() == [None, "x"] * 6


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the file is no Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", r"an older Excel workbook \(\.xls\) or has a password; save it as \.xlsx"),
        (b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "OpenDocument sheet"),
        (b"PK\x03\x04 broken", r"not a whole Excel workbook .*: File is not a zip file"),
        (b"<html>", "line 1: the file is a web page, perhaps the error of a download"),
        (b"PAR1", "the file is a Parquet file; set dataset.format: parquet"),
    ],
)
def test_another_file_is_told_from_a_workbook(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "t.xlsx").write_bytes(content)
    with pytest.raises(DataError, match=sentence):
        read_table(tmp_path / "t.xlsx", [])


@pytest.mark.parametrize("name", ["t.xls", "T.XLSB", "t.ods", "t.numbers"])
def test_workbooks_of_other_kinds_are_refused_by_their_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\xd0\xcf\x11\xe0")
    with pytest.raises(DataError, match=rf"{name}: of workbooks \.xlsx and \.xlsm can be read; .* save it as \.xlsx"):
        read_table(tmp_path / name, [])


def test_a_workbook_cut_short_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", Data=[HEADER, *ROWS])
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(DataError, match=r"t\.xlsx: not a whole Excel workbook"):
        read_table(path, [])


def test_an_archive_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("t.csv", "a,b\n")
    (tmp_path / "t.xlsx").write_bytes(buffer.getvalue())
    with pytest.raises(DataError, match=r"not a whole Excel workbook .*There is no item named"):
        read_table(tmp_path / "t.xlsx", [])


def test_of_several_sheets_one_is_chosen(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", First=[["a"], [1]], Second=[["a"], [2]])
    with pytest.raises(DataError, match=r"the workbook has 2 sheets; choose one with dataset\.sheet: First, Second"):
        read_table(path, [])
    assert Source((path,), sheet="Second").read([])["a"].to_list() == [2]
    with pytest.raises(DataError, match=r"no sheet 'second' \(did you mean 'Second'\?\); there are: First, Second"):
        Source((path,), sheet="second").read([])


def test_a_hidden_sheet_leaves_no_doubt(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", Data=[["a"], [1]], Notes=lambda sheet: sheet.hide())
    assert read_table(path, []).to_dict(as_series=False) == {"a": [1]}


def test_workbooks_of_other_programs_are_read(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", Data=[["a"], [1]], Hidden=lambda sheet: sheet.hide())
    strict = (rb"http://schemas.openxmlformats.org/spreadsheetml/2006/main", rb"http://purl.oclc.org/ooxml/spreadsheetml/main")
    for old, new in ((rb'name="Data"', rb'name="Data" state="visible"'), strict):
        assert read_table(rewritten(path, old, new, "xl/workbook.xml"), []).to_dict(as_series=False) == {"a": [1]}


def test_a_sheet_of_a_file_that_has_none_is_refused(tmp_path: Path) -> None:
    pl.DataFrame({"a": [1]}).write_csv(tmp_path / "t.csv")
    keys: dict[str, Any] = {"name": "t", "path": "t.csv", "target": "kind", "columns": {"numeric": ["size"]}}
    with pytest.raises(DataError, match=r"dataset\.sheet has an effect on Excel workbooks only, not on .*t\.csv"):
        Source.of(Dataset.model_validate({**keys, "sheet": "Data"}), tmp_path)
