"""Requests to a model: what is read, and what is told about the rest."""

import json
from pathlib import Path
from typing import Any

import pytest
from polars.testing import assert_frame_equal

from src.serving import rows
from src.serving.refusal import RefusedError
from src.serving.rows import RowReader
from tests.untrained import predictor, table

ROW: dict[str, Any] = {"mass": 20.0, "length": 2.5, "code": 2, "colour": "red"}


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> RowReader:
    model = predictor(tmp_path_factory.mktemp("model"))
    return RowReader(model.features, model.example)


def test_rows_become_the_table_that_they_are(reader: RowReader) -> None:
    sent = table(12).select("mass", "length", "code", "colour")
    read = reader.table(reader.rows(json.dumps(sent.to_dicts()).encode()))
    assert_frame_equal(read.drop("code"), sent.drop("code"))
    assert read["code"].to_list() == [str(code) for code in sent["code"]]


@pytest.mark.parametrize("code", [2, 2.0, "2", "2.0"])
def test_a_category_is_the_same_as_number_and_as_text(reader: RowReader, tmp_path: Path, code: object) -> None:
    model = predictor(tmp_path)
    read = reader.table(reader.rows(json.dumps([ROW | {"code": code}]).encode()))
    assert model.features.encode(read)[1].tolist() == [[3, 3]]


def test_the_schema_names_columns_types_and_examples(reader: RowReader) -> None:
    row = reader.schema["items"]
    assert row["required"] == ["mass", "length", "code", "colour"]
    assert row["additionalProperties"] is False
    assert {each["type"] for each in row["properties"]["mass"]["anyOf"]} == {"number", "boolean", "null"}
    assert {each["type"] for each in row["properties"]["colour"]["anyOf"]} >= {"string", "null"}
    assert row["properties"]["colour"]["examples"] == ["red", "blue"]
    assert reader.schema["examples"] == [table(60).select("mass", "length", "code", "colour")[1:2].to_dicts()]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("", "the body is not JSON (EOF while parsing a value at line 1 column 0)"),
        ("[{", "the body is not JSON (EOF while parsing an object at line 1 column 2)"),
        ("{}", 'required: a list of rows, like [{"column": 1.5}]'),
        ("[1]", "row 1: required: an object like {column: cell}"),
        ({"mass": "x"}, "row 2, column 'mass': required: a number up to ±3.4e+38, true, false or null; got \"x\""),
        ({"mass": 1e39}, "row 2, column 'mass': required: a number up to ±3.4e+38, true, false or null; got 1e+39"),
        ({"mass": [1]}, "row 2, column 'mass': required: a number up to ±3.4e+38, true, false or null; got [1]"),
        ({"colour": {}}, "row 2, column 'colour': required: a text, number, true, false or null; got {}"),
        ({"coluor": 1}, "row 2, column 'coluor': the model takes no such column; did you mean colour?"),
        ({"mass": ...}, "row 2, column 'mass': not there; send null where the cell is missing"),
    ],
)
def test_a_mistake_is_told_with_row_and_column(reader: RowReader, body: str | dict[str, Any], sentence: str) -> None:
    if isinstance(body, dict):
        wrong = {name: cell for name, cell in (ROW | body).items() if cell is not ...}
        body = json.dumps([ROW, wrong])
    with pytest.raises(RefusedError) as refused:
        reader.rows(body.encode())
    assert refused.value.status == 422
    assert refused.value.problem.detail == sentence


def test_all_mistakes_are_told_up_to_twenty(reader: RowReader) -> None:
    with pytest.raises(RefusedError) as refused:
        reader.rows(json.dumps([ROW | {"mass": "x", "length": "y"}] * 30).encode())
    mistakes = refused.value.mistakes
    assert [(each.row, each.column) for each in mistakes[:3]] == [(1, "mass"), (1, "length"), (2, "mass")]
    assert len(mistakes) == 20
    assert refused.value.problem.detail.endswith("(and 19 more)")


def test_too_many_rows_are_too_much(reader: RowReader) -> None:
    with pytest.raises(RefusedError) as refused:
        reader.rows(json.dumps([ROW] * (rows.MOST_ROWS + 1)).encode())
    assert refused.value.status == 413
    assert refused.value.problem.detail == "more than 10000 rows; send them in several requests"
