from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from src.data.table_writer import WRITERS, table_writer
from src.errors import MachineError

ROWS = pl.DataFrame({"id": ["a", "Größe, x", None], "n": [1, None, 3], "p": [0.1, 1 / 3, 1e-300]})
READ: dict[str, Callable[[Path], pl.DataFrame]] = {
    ".csv": pl.read_csv,
    ".parquet": pl.read_parquet,
    ".arrow": pl.read_ipc,
    ".feather": pl.read_ipc,
    ".jsonl": pl.read_ndjson,
    ".ndjson": pl.read_ndjson,
}


@pytest.mark.parametrize("extension", WRITERS)
def test_pieces_are_read_back_as_one_table(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"out{extension.upper()}"
    with table_writer(path) as write:
        write(ROWS)
        write(ROWS.reverse())
    assert_frame_equal(READ[extension](path), pl.concat([ROWS, ROWS.reverse()]))
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("extension", WRITERS)
@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_error_leaves_what_was_there(tmp_path: Path, extension: str, error: type[BaseException]) -> None:
    path = tmp_path / f"out{extension}"
    path.write_text("before")
    with pytest.raises(error):
        _write_and_raise(path, error)
    assert path.read_text() == "before"
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def _write_and_raise(path: Path, error: type[BaseException]) -> None:
    with table_writer(path) as write:
        write(ROWS)
        raise error


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "out.csv").mkdir()
    with (
        pytest.raises(MachineError, match=r"out\.csv could not be written: Is a directory"),
        table_writer(tmp_path / "out.csv") as write,
    ):
        write(ROWS)
