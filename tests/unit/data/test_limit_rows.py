"""`dataset.limit_rows`: a random part of the table, always the same."""

import polars as pl
import pytest

from src.data.kept import limited
from src.data.rows import Rows
from src.data.table import HeldTable, LazyTable, Table

FRAME = pl.DataFrame({"x": range(1000)})


def numbers(table: Table, most: int | None, seed: int = 0) -> list[int]:
    """The 1-based rows that are kept."""
    chosen, rows = limited(table, most, seed, Rows.count(table.height))
    assert [number - 1 for number in rows.numbers] == chosen["x"].to_list()
    assert rows.height == chosen.height
    return rows.numbers.to_list()


def test_as_many_rows_as_are_wanted_are_kept_in_their_order() -> None:
    kept = numbers(HeldTable(FRAME), 100)
    assert len({*kept}) == 100
    assert kept == sorted(kept)
    assert 400 < sum(kept) / 100 < 600  # from all over the table


def test_the_rows_are_those_of_the_seed_wherever_the_table_is() -> None:
    held, lazy = HeldTable(FRAME), LazyTable(FRAME.schema, FRAME.height, lambda names: FRAME.select(names))
    assert numbers(held, 100) == numbers(lazy, 100) != numbers(held, 100, seed=1)


@pytest.mark.parametrize("most", [None, 1000, 1001])
def test_a_limit_that_is_not_reached_changes_nothing(most: int | None) -> None:
    assert numbers(HeldTable(FRAME), most) == [*range(1, 1001)]
