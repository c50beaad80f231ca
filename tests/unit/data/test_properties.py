"""Random tables: what is wrong with them is said in a sentence, and whatever is prepared neither leaks nor reorders."""

import tempfile
from pathlib import Path
from typing import Any

import polars as pl
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from src.config.dataset import Dataset
from src.config.mlp import Mlp
from src.data.prepare import prepare
from src.data.prepared import Prepared
from src.errors import DataError
from src.models.build import build

GRADES = ["low", "mid", "high"]
MARKERS = ["NA", "?", "-999"]

FINE_NUMBERS = st.floats(-1e6, 1e6, width=32)
ANY_NUMBERS = st.one_of(FINE_NUMBERS, st.floats(), st.sampled_from([-999.0, 1e38, 1e-38, 5e-324, 1e308, 0.0, -0.0]))
WORDS = st.one_of(st.sampled_from(["a", "b", " a ", "", *MARKERS, "é", "e\u0301", "1.0", "TRUE"]), st.text(max_size=4))
DAYS = st.datetimes().map(lambda moment: moment.isoformat(" ")) | st.dates().map(str)
KINDS = {
    "size": (FINE_NUMBERS, ANY_NUMBERS),
    "word": (WORDS, WORDS),
    "day": (DAYS, DAYS | st.sampled_from(["soon", "0000-00-00", "31.12.1999"])),
    "flag": (st.booleans(), st.booleans()),
    "grade": (st.sampled_from(GRADES), st.sampled_from(["", *GRADES, "highest"])),
}
"""Column to cells that are as described, and to cells as they come."""

DTYPES = {"size": pl.Float64, "word": pl.String, "day": pl.String, "flag": pl.Boolean, "grade": pl.String}
COLUMNS = {
    "numeric": ["size"],
    "datetime": ["day"],
    "ordered": {"grade": GRADES},
    "categorical": ["word", "flag"],
}
OPTIONS = st.fixed_dictionaries(
    {
        "scale": st.sampled_from(["standard", "robust", "minmax", "quantile", "none"]),
        "columns": st.sampled_from([COLUMNS, {"auto": True}]),
        "categories": st.sampled_from([{}, {"min_count": 2}, {"max_values": 1}]),
        "missing": st.fixed_dictionaries(
            {
                "markers": st.sampled_from([MARKERS, {"*": MARKERS, "word": []}]),
                "numeric": st.sampled_from(["median", "mean", "most_frequent", 0.5]),
                "categorical": st.sampled_from(["own", "most_frequent"]),
                "indicator": st.booleans(),
            }
        ),
    }
)


def tables(as_described: bool, least: int = 6) -> st.SearchStrategy[pl.DataFrame]:
    """Of at most 25 rows; not `as_described`: a few columns with cells as they come."""

    def of(n: int) -> st.SearchStrategy[pl.DataFrame]:
        def cells(kind: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
            return st.lists(st.none() | kind, min_size=n, max_size=n)

        columns = {
            name: cells(fine) if as_described else st.one_of(*[cells(fine)] * 4, cells(any))
            for name, (fine, any) in KINDS.items()
        }
        return st.fixed_dictionaries(columns).map(lambda found: pl.DataFrame(found, DTYPES))

    return st.integers(least, 25).flatmap(of)


def prepared(table: pl.DataFrame, options: dict[str, Any]) -> Prepared:
    target = pl.Series("y", ["yes", "no"] * table.height)[: table.height]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.parquet"
        table.with_columns(target).write_parquet(path)
        dataset = {"name": "t", "path": str(path), "target": "y", "split": {"by": "random"}, **options}
        return prepare(Dataset.model_validate(dataset), path.parent)


def logits(prepared: Prepared, rows: pl.DataFrame) -> torch.Tensor:
    torch.manual_seed(0)
    network = build(Mlp(one_hot_max=2).model_dump(), prepared.features.input, 1).eval()
    with torch.no_grad():
        found: torch.Tensor = network(*prepared.features.encode(rows))
    return found


@settings(max_examples=60, deadline=None)
@given(tables(as_described=False), OPTIONS, tables(as_described=False, least=0))
def test_a_table_is_prepared_and_predicted_or_refused_with_a_sentence(
    table: pl.DataFrame, options: dict[str, Any], rows: pl.DataFrame
) -> None:
    try:
        found = logits(prepared(table, options), rows)
    except DataError as error:
        found, sentence = None, str(error)
    assert len(sentence.split()) > 5 if found is None else found.shape == (rows.height, 1)


@settings(max_examples=30, deadline=None)
@given(tables(as_described=True, least=25), tables(as_described=True, least=25), OPTIONS)
def test_other_cells_in_validation_and_test_rows_change_nothing_that_is_fitted(
    table: pl.DataFrame, other: pl.DataFrame, options: dict[str, Any]
) -> None:
    try:
        clean = prepared(table, options)
    except DataError:
        assume(False)
    learned = (pl.int_range(pl.len()) + 1).is_in(clean.parts["train"].row.tolist())
    spoiled = table.select(pl.when(learned).then(name).otherwise(other[name]).alias(name) for name in table.columns)
    again = prepared(spoiled, options)
    assert again.features.to_dict() == clean.features.to_dict()
    for key in ("x_num", "x_cat", "y", "row"):
        one, same = (getattr(each.parts["train"], key) for each in (clean, again))
        torch.testing.assert_close(one, same, rtol=0, atol=0, equal_nan=True)


@settings(max_examples=30, deadline=None)
@given(tables(as_described=True), OPTIONS, tables(as_described=True, least=2), st.randoms())
def test_rows_in_another_order_give_the_same_predictions_in_that_order(
    table: pl.DataFrame, options: dict[str, Any], rows: pl.DataFrame, random: Any
) -> None:
    try:
        found = prepared(table, options)
    except DataError:
        assume(False)
    order = [*range(rows.height)]
    random.shuffle(order)
    in_order, shuffled = logits(found, rows), logits(found, rows[order])
    torch.testing.assert_close(shuffled, in_order[order], rtol=1e-4, atol=1e-4, equal_nan=True)
