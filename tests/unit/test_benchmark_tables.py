"""The tables that quality is measured on."""

from pathlib import Path

import polars as pl
import pytest

from benchmarks.tables import NAMES, PART, from_file, named
from src.errors import ConfigError


@pytest.mark.parametrize("name", NAMES)
def test_a_split_is_the_same_for_a_seed_and_gives_64_16_and_20_percent(name: str) -> None:
    table = named(name)
    split = table.split(0)
    assert split.rows.equals(table.split(0).rows)
    assert not split.rows.equals(table.split(1).rows)
    shares = [len(split.part(part)) / len(table.rows) for part in ("train", "validation", "test")]
    assert shares == pytest.approx([0.64, 0.16, 0.20], abs=0.01)
    assert split.inputs == table.inputs
    assert {table.target, PART}.isdisjoint(split.inputs)


def test_each_part_has_its_share_of_each_class_or_of_low_and_high_values() -> None:
    penguins, diabetes = named("penguins").split(3), named("diabetes").split(3)
    assert penguins.classes == ["Adelie", "Chinstrap", "Gentoo"]
    assert not penguins.is_regression
    assert diabetes.is_regression
    median = diabetes.rows["target"].median()
    for part in ("train", "validation", "test"):
        assert (penguins.part(part)["species"] == "Adelie").mean() == pytest.approx(152 / 344, abs=0.02)
        assert (diabetes.part(part)["target"] > median).mean() == pytest.approx(0.5, abs=0.03)


def test_a_file_may_say_itself_which_rows_are_for_what(tmp_path: Path) -> None:
    rows = pl.DataFrame({"x": [1, 2, 3], "price": [0.5, None, 1.5], "split": ["train", "VAL", "test "]})
    rows.write_csv(tmp_path / "own.csv")
    table = from_file(tmp_path / "own.csv", "price", "split")
    assert table.rows.rows() == [(1, 0.5, "train"), (3, 1.5, "test")]
    assert (table.name, table.inputs) == ("own.csv", ["x"])
    with pytest.raises(ConfigError, match=r"has no column 'cost'; it has x, price, split"):
        from_file(tmp_path / "own.csv", "cost")
    with pytest.raises(ConfigError, match=r"column 'x' must say train, validation"):
        from_file(tmp_path / "own.csv", "price", "x")
    with pytest.raises(ConfigError, match=r"none.csv: no such file; required: a CSV file"):
        from_file(tmp_path / "none.csv", "price")
