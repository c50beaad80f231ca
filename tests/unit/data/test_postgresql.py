"""Rows of a query to a real PostgreSQL server."""

import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from src.data.prepare import prepare
from src.data.sql.answer import answer
from src.errors import DataError, MachineError
from tests.postgresql import postgresql
from tests.unit.data.test_sqlite import described

psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")

TABLE = """
create sequence numbers;
create type mood as enum ('sad', 'ok');
create table visits (
    id bigint, price numeric(8, 2), size real, yes boolean, kind text, day date, at timestamptz, more jsonb, mood mood,
    tags int[], image bytea
);
insert into visits select i, i + 0.1, 0.1, i % 2 = 0, case when i % 3 = 0 then 'a' end, date '2024-01-01' + i,
    timestamptz '2024-01-01 12:00+02', '{"x": 1}', 'ok', '{1,2}', 'x' from generate_series(0, 39) i;
"""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a database with the table `visits`."""
    with postgresql() as url:
        with psycopg.connect(url) as connection:
            connection.execute(TABLE)
        yield url


def test_columns_have_the_types_of_the_database(server: str, tmp_path: Path) -> None:
    query = "select id, price, size, yes, kind, day, at, more, mood, tags from visits order by -id"
    table = pl.read_parquet(answer(server, query, tmp_path))
    assert table.height == 40
    assert table.schema == {
        "id": pl.Int64, "price": pl.Float64, "size": pl.Float64, "yes": pl.Boolean, "kind": pl.String, "day": pl.Date,
        "at": pl.Datetime("us", "UTC"), "more": pl.String, "mood": pl.String, "tags": pl.String,
    }  # fmt: skip
    *plain, day, at, more, mood, tags = table.row(1)
    assert plain == [1, 1.1, 0.1, False, None]
    assert (str(day), at.isoformat(), more, mood, tags) == (
        "2024-01-02", "2024-01-01T10:00:00+00:00", '{"x": 1}', "ok", "{1,2}"
    )  # fmt: skip


def test_a_query_is_a_table_like_any_other(server: str, tmp_path: Path) -> None:
    dataset = described(path=server, query="select * from visits", columns={"numeric": ["price"]}, target="yes")
    with pytest.raises(DataError, match="column 'image' holds binary data; leave it out"):
        prepare(dataset, tmp_path)
    facts = prepare(dataset.model_copy(update={"query": "select price, yes, at from visits"}), tmp_path).facts
    assert facts["rows"]["used"] == 40


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("select * frm visits", 'dataset.query: syntax error at or near "frm"; required: one SELECT'),
        ("select * from visit", 'relation "visit" does not exist'),
        ("delete from visits returning id", "syntax error at or near .delete.; required: one SELECT"),
        ("with gone as (delete from visits returning id) select * from gone", "must not contain data-modifying"),
        ("select 1; drop table visits", "cannot insert multiple commands"),
        ("select nextval('numbers')", r"cannot execute nextval\(\) in a read-only transaction"),
        ("select 1 as a, 2 as a", "two columns of the result are called 'a'; rename one with AS"),
        ("select id from visits where id < 0", "gives no row"),
    ],
)
def test_a_wrong_query_is_explained_and_changes_nothing(server: str, tmp_path: Path, query: str, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        answer(server, query, tmp_path)
    assert pl.read_parquet(answer(server, "select count(*) as n from visits", tmp_path))["n"].item() == 40


def test_a_server_that_does_not_let_us_in_is_explained(server: str, tmp_path: Path) -> None:
    with pytest.raises(MachineError, match=r'role "nobody" does not exist; the password comes from PGPASSWORD or'):
        answer(server.replace("rook@", "nobody@"), "select 1", tmp_path)
    with pytest.raises(MachineError, match="No such file or directory"):
        answer("postgresql://rook@/postgres?host=/nowhere", "select 1", tmp_path)


def test_without_the_driver_it_is_said_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MachineError, match=r"psycopg, which .*, is missing: pip install -e '\.\[postgresql\]'"):
        answer("postgresql://host/database", "select 1", tmp_path)
