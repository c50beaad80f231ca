"""Rows of a query to an SQLite file."""

import sqlite3
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from src.config.dataset import Dataset
from src.data.prepare import prepare
from src.data.sql.answer import answer
from src.errors import DataError, MachineError


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """With a table `visits` of 40 rows."""
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute('create table visits (id integer, "größe in m" real, kind text, mixed, image blob)')
        rows = [(i, i / 8 if i % 5 else None, "ab"[i % 2], i if i % 2 else f"n{i}", b"\0") for i in range(40)]
        connection.executemany("insert into visits values (?, ?, ?, ?, ?)", rows)
    connection.close()
    return tmp_path


def described(**keys: Any) -> Dataset:
    usual = {"name": "t", "path": "sqlite:///shop.db", "target": "kind", "columns": {"numeric": ["größe in m"]}}
    return Dataset.model_validate({**usual, "query": "select * from visits", **keys})


def table(folder: Path, query: str, url: str = "sqlite:///shop.db") -> pl.DataFrame:
    return pl.read_parquet(answer(url, query, folder))


def test_columns_have_the_types_of_their_cells(shop: Path) -> None:
    query = 'select id, "größe in m" as size, kind, mixed, id / 2.0 as half, null as n from visits limit 3'
    found = table(shop, query)
    assert found.schema == {
        "id": pl.Int64, "size": pl.Float64, "kind": pl.String, "mixed": pl.String, "half": pl.Float64, "n": pl.Int64
    }  # fmt: skip
    assert found.rows() == [
        (0, None, "a", "n0", 0.0, None), (1, 0.125, "b", "1", 0.5, None), (2, 0.25, "a", "n2", 1.0, None)
    ]  # fmt: skip


def test_the_same_rows_in_another_order_are_the_same_file(shop: Path) -> None:
    query = "select id, kind from visits"
    first = answer("sqlite:///shop.db", query, shop).read_bytes()
    with sqlite3.connect(shop / "shop.db") as connection:
        connection.execute("create table other as select * from visits order by -id")
        connection.execute("drop table visits")
        connection.execute("alter table other rename to visits")
    connection.close()
    assert answer("sqlite:///shop.db", query, shop).read_bytes() == first


def test_a_query_is_a_table_like_any_other(shop: Path) -> None:
    dataset = described(query="select id, kind, \"größe in m\" from visits where id < 30", where="id <> 3")
    facts = prepare(dataset, shop).facts
    assert facts["rows"]["table"] == 30
    assert facts["rows"]["used"] == 29
    assert facts["path"] == "sqlite:///shop.db"
    before = facts["sha256"]
    with sqlite3.connect(shop / "shop.db") as connection:
        connection.execute("update visits set kind = 'b' where id = 4")
    connection.close()
    assert prepare(dataset, shop).facts["sha256"] != before


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("select * frm visits", r"sqlite:///shop\.db: dataset\.query: near \"frm\": syntax error"),
        ("select * from visit", "no such table: visit"),
        ("delete from visits", "not authorized; it may only read the tables of this file"),
        ("drop table visits", "not authorized; it may only read"),
        ("attach 'other.db' as o", "not authorized; it may only read"),
        ("pragma writable_schema = 1", "not authorized; it may only read"),
        ("vacuum into 'copy.db'", "authorization denied; it may only read"),
        ("select load_extension('x')", "not authorized"),
        ("select 1; delete from visits", "You can only execute one statement at a time"),
        ("", "gives no rows; required: one SELECT"),
        ("select id, kind as id from visits", "two columns of the result are called 'id'; rename one with AS"),
        ("select id, image from visits", r"column 'image' holds binary data \(row 1 of the result\)"),
    ],
)
def test_a_wrong_query_is_explained_and_changes_nothing(shop: Path, query: str, sentence: str) -> None:
    before = (shop / "shop.db").read_bytes()
    with pytest.raises(DataError, match=sentence):
        answer("sqlite:///shop.db", query, shop)
    assert (shop / "shop.db").read_bytes() == before
    assert sorted(path.name for path in shop.iterdir() if path.name != ".cache") == ["shop.db"]


def test_a_query_without_rows_is_explained(shop: Path) -> None:
    with pytest.raises(DataError, match=r"shop\.db: dataset\.query: gives no row"):
        prepare(described(query="select * from (select id, kind from visits) where id > 99"), shop)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("sqlite:///shp.db", r"no such file: .*shp\.db; did you mean shop\.db\?"),
        ("sqlite://shop.db", "must be like sqlite:///folder/file.db, or sqlite:////folder"),
        ("sqlite:///", "must be like sqlite:///folder/file.db"),
    ],
)
def test_a_database_that_is_not_there_is_explained(shop: Path, url: str, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        answer(url, "select 1", shop)


def test_a_file_that_is_no_database_is_refused(shop: Path) -> None:
    (shop / "t.db").write_text("a,b\n" * 500)
    with pytest.raises(DataError, match="file is not a database"):
        answer("sqlite:///t.db", "select * from t", shop)


def test_a_damaged_database_is_refused(shop: Path) -> None:
    content = (shop / "shop.db").read_bytes()
    (shop / "shop.db").write_bytes(content.replace("größe".encode(), b"gr\xf6\xdfe12"))
    with pytest.raises(DataError, match=r"shop\.db: the database holds a text that is not UTF-8"):
        answer("sqlite:///shop.db", "select * from visits", shop)
    (shop / "shop.db").write_bytes(content[:4096] + b"\x99" * (len(content) - 4096))
    with pytest.raises(DataError, match=r"dataset\.query: database disk image is malformed"):
        answer("sqlite:///shop.db", "select * from visits", shop)


def test_an_absolute_path_has_four_slashes(shop: Path, tmp_path: Path) -> None:
    found = table(tmp_path / "elsewhere", "select count(*) as n from visits", f"sqlite:///{shop}/shop.db")
    assert found["n"].item() == 40


def test_a_database_in_use_is_no_fault_of_the_query(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("src.data.sql.sqlite.SECONDS", 0.01)
    other = sqlite3.connect(shop / "shop.db", isolation_level=None)
    other.execute("begin exclusive")
    with pytest.raises(MachineError, match="database is locked; try again when no other program"):
        answer("sqlite:///shop.db", "select * from visits", shop)
    other.close()
