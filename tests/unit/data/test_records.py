import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.data import records
from src.data.records import scan
from src.errors import DataError

CELL = st.text(alphabet='ab ,"\n\r1é', max_size=4)


@given(st.lists(st.lists(CELL, min_size=1, max_size=4), min_size=1, max_size=6), st.integers(1, 9))
def test_records_and_cells_are_those_of_the_csv_module_whatever_the_block_size(
    table: list[list[str]], block: int
) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(table)
    text = buffer.getvalue().removesuffix("\r\n").encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "_BLOCK", block)
        found = scan(text)
    assert found.cells.tolist() == [len(row) for row in table]
    pieces = [text[found.begin(i) : found.ends[i]].decode() for i in range(len(table))]
    assert [next(csv.reader(io.StringIO(piece, newline=""))) for piece in pieces] == table


def test_a_record_knows_its_line_behind_quoted_newlines() -> None:
    found = scan(b'a,b\n"x\ny\nz",1\n2,3')
    assert [found.line(i) for i in range(3)] == [1, 2, 5]


@pytest.mark.parametrize("text", [b'a\n1\n5" pipe', b'a\n1\n"x"y', b'a\n1\n"x" ,2', b'a\n1\n"x"\ry'])
def test_a_quotation_mark_in_the_middle_of_a_cell_is_refused_with_its_line(text: bytes) -> None:
    with pytest.raises(DataError, match="line 3: a quotation mark in the middle of a cell"):
        scan(text)


def test_an_open_quotation_mark_is_refused_with_its_line() -> None:
    with pytest.raises(DataError, match="line 2: a quotation mark opens a cell and none closes it"):
        scan(b'a,b\n1,"x\n2,3')
