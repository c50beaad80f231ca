"""Columns of dates on their way from a file to the network."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch

from src.config.dataset import Dataset
from src.data.prepare import prepare
from src.data.prepared import Prepared
from src.errors import DataError

N = 60
MOMENTS = [datetime(2024, 1, 1) + timedelta(hours=31 * row) for row in range(N)]
TABLE = pl.DataFrame({"when": pl.Series(MOMENTS, dtype=pl.Datetime("us")), "y": ["a", "b"] * (N // 2)})


def prepared(path: Path, **options: Any) -> Prepared:
    keys = {"name": "t", "path": str(path), "target": "y", "columns": {"datetime": ["when"]}, **options}
    return prepare(Dataset.model_validate(keys), path.parent)


def as_text(form: str) -> pl.DataFrame:
    return TABLE.with_columns(pl.col("when").dt.strftime(form))


def test_dates_are_the_same_from_a_typed_file_and_from_texts_in_any_form(tmp_path: Path) -> None:
    TABLE.write_parquet(tmp_path / "t.parquet")
    typed = prepared(tmp_path / "t.parquet")
    for form in ("%Y-%m-%dT%H:%M:%SZ", "%d.%m.%Y %H:%M"):
        as_text(form).write_csv(tmp_path / "t.csv")
        columns = {"datetime": ["when"] if form.startswith("%Y") else {"when": form}}
        texts = prepared(tmp_path / "t.csv", columns=columns)
        assert texts.features.input == typed.features.input
        torch.testing.assert_close(texts.parts["test"].x_num, typed.parts["test"].x_num, rtol=0, atol=0)
    assert typed.features.raw_columns == {"when": "text"}
    assert typed.facts["example"][0] == {"when": str(TABLE["when"][int(typed.parts["train"].row[0]) - 1]) + ".000000"}


def test_a_row_to_predict_may_hold_a_text_or_a_moment(tmp_path: Path) -> None:
    TABLE.write_parquet(tmp_path / "t.parquet")
    features = prepared(tmp_path / "t.parquet").features
    typed, _ = features.encode(TABLE[3])
    text, _ = features.encode(pl.DataFrame({"when": [str(MOMENTS[3]), None]}))
    torch.testing.assert_close(text[:1], typed, rtol=0, atol=0)
    assert text[1].isnan().all()


def test_a_split_by_time_knows_the_form_of_the_dates(tmp_path: Path) -> None:
    as_text("%d.%m.%Y %H:%M").sample(fraction=1.0, shuffle=True, seed=0).write_csv(tmp_path / "t.csv")
    columns, split = {"datetime": {"when": "%d.%m.%Y %H:%M"}}, {"by": "time", "column": "when"}
    parts = prepared(tmp_path / "t.csv", columns=columns, split=split).parts
    days = {name: part.x_num[:, 0] for name, part in parts.items()}
    assert days["train"].max() < days["validation"].min() < days["validation"].max() < days["test"].min()


def test_what_is_no_date_is_named_with_its_place_and_a_remedy(tmp_path: Path) -> None:
    as_text("%d.%m.%Y").write_csv(tmp_path / "t.csv")
    sentence = r"datetime: column 'when' row 1 \(line 2\) of .*'01.01.2024' is no date; .*; say the form of others"
    with pytest.raises(DataError, match=sentence):
        prepared(tmp_path / "t.csv")


def test_auto_takes_dates_as_such(tmp_path: Path) -> None:
    as_text("%d.%m.%Y %H:%M").write_csv(tmp_path / "t.csv")
    found = prepared(tmp_path / "t.csv", columns={"auto": True})
    assert found.features.columns.datetime == {"when": "%d.%m.%Y %H:%M"}
    assert found.facts["columns"]["decided"] == {"when": {"kind": "datetime", "why": "dates like '01.01.2024 00:00'"}}
