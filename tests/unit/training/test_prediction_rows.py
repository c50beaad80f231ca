import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any
from unicodedata import normalize

import polars as pl
import pytest
import xlsxwriter
from polars.testing import assert_frame_equal

from src import predict, rows
from src.config.dataset import Dataset
from src.config.source import Csv
from src.data.encoders.categorical import Categorical
from src.data.features import Features
from src.data.prepare import prepare
from src.errors import ConfigError, DataError
from tests.unit.data.fitted import fitted

LIST = r"required: a list like \[37\.3, 16\.8\], or \{column: value\}, in quotes"


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> Features:
    folder = tmp_path_factory.mktemp("table")
    table = {
        "bill": [30.0 + i for i in range(40)],
        "flipper_mm": [150 + i for i in range(40)],
        "ringed": [True, False] * 20,
        "country": ["no", "se", "007", "2024-01-01"] * 10,
        "kind": ["a", "b"] * 20,
    }
    pl.DataFrame(table).write_csv(folder / "t.csv")
    keys: dict[str, Any] = {"name": "t", "path": "t.csv", "target": "kind", "missing": {"markers": ["NA"]}}
    columns = {"numeric": ["bill", "flipper_cm", "ringed"], "categorical": ["country"]}
    derive = {"flipper_cm": "flipper_mm / 10"}
    return prepare(Dataset.model_validate({**keys, "columns": columns, "derive": derive}), folder).features


def words_of(features: Features) -> tuple[str, ...]:
    encoder = features["country"]
    assert isinstance(encoder, Categorical)
    return encoder.vocabulary


def encoded(text: str, features: Features) -> list[float | str | None]:
    """The features of the one row: numbers, and the words that categories stand for."""
    x_num, x_cat = features.encode(rows.from_text(text, features))
    words = ["unseen", None, *words_of(features)]
    assert len(x_num) == 1
    numbers = [None if cell != cell else round(cell, 4) for cell in x_num[0].tolist()]
    return [*numbers, *(words[code] for code in x_cat[0])]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[37.3, 19.2, 1, se]", [37.3, 19.2, 1.0, "se"]),
        ('["37.3", 1.92e1, true, "se"]', [37.3, 19.2, 1.0, "se"]),
        ("[37.3,19.2,false,se]", [37.3, 19.2, 0.0, "se"]),
        ("[1e1, -3, null, ~]", [10.0, -3.0, None, None]),
        ("[NA, '', 1, NA]", [None, None, 1.0, None]),
        ("[100000000000000000000, 1, 0, x]", [100000002004087734272.0, 1.0, 0.0, "unseen"]),
        ("[1, 1, 1, no]", [1.0, 1.0, 1.0, "no"]),
        ("[1, 1, 1, 007]", [1.0, 1.0, 1.0, "007"]),
        ("[1, 1, 1, 2024-01-01]", [1.0, 1.0, 1.0, "2024-01-01"]),
        ("{bill: 40, flipper_mm: 192, ringed: true, country: no}", [40.0, 19.2, 1.0, "no"]),
        ('{"bill": 40, "flipper_mm": 192, "ringed": null, "country": "no"}', [40.0, 19.2, None, "no"]),
        ("{flipper_mm: 192}", [None, 19.2, None, None]),
        ("{flipper_cm: 19.2, bill: 3}", [3.0, 19.2, None, None]),
        ("{country: se}", [None, None, None, "se"]),
        ("{}", [None, None, None, None]),
    ],
)
def test_a_row_is_read_as_the_cells_of_a_file(text: str, expected: list[Any], features: Features) -> None:
    assert encoded(text, features) == expected


@pytest.mark.parametrize(
    "text", ["", "37.3", "37.3, 16.8", "'[1, 2]'", "[1, 2", "{bill: 3", "{[1]: 2}", "@", "- : -", "[" * 5000]
)
def test_what_is_neither_list_nor_mapping_is_refused(text: str, features: Features) -> None:
    with pytest.raises(ConfigError, match=LIST):
        rows.from_text(text, features)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[1, 2]", r"has 2 values; required: 4, namely bill, flipper_cm, ringed, country"),
        ("[]", r"has 0 values; required: 4"),
        (
            "{bil: 3, null: 1}",
            r"has no column bil \(did you mean bill\?\), null; it takes bill, flipper_mm, ringed, country or bill, f",
        ),
        ("{kind: a}", r"the model has no column kind"),
        ("{bill: 1, bill: 2}", r"a column is given twice"),
        ("[1, 2, 3, [se]]", r"a list or mapping among the values; required: one text or number per column"),
        ("[1, 2, 3, {a: b}]", r"a list or mapping among the values"),
        ("&a [1, 2, 3, *a]", r"a list or mapping among the values"),
        ("{flipper_cm: 1, flipper_mm: 2}", r"flipper_cm is calculated; give flipper_mm in its place"),
    ],
)
def test_a_row_that_does_not_fit_is_explained(text: str, sentence: str, features: Features) -> None:
    with pytest.raises(ConfigError, match=sentence):
        rows.from_text(text, features)


def test_columns_are_told_once_where_none_is_derived(features: Features) -> None:
    plain = replace(features, columns=replace(features.columns, derive={}))
    with pytest.raises(ConfigError, match=r"it takes bill, flipper_mm, ringed, country, flipper_cm$"):
        rows.from_text("{bil: 3}", plain)


def test_a_tag_runs_nothing(features: Features, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="has 1 values; required: 4"):
        rows.from_text(f"!!python/object/apply:os.mkdir [{tmp_path / 'it_ran'}]", features)
    assert not (tmp_path / "it_ran").exists()


def test_a_text_among_numbers_is_left_to_the_features(features: Features) -> None:
    with pytest.raises(DataError, match="column 'bill' row 1: 'long' is not a number"):
        encoded("[long, 1, 1, se]", features)


def read(path: str | Path, features: Features, trained: dict[str, Any], **other: Any) -> pl.DataFrame:
    return rows.source(str(path), trained, **other).read(features.columns.markers)


def test_reading_knows_the_markers_of_the_training(tmp_path: Path, features: Features) -> None:
    (tmp_path / "new.csv").write_text("bill,country\nNA,no\n3.5,NA\n")
    expected = pl.DataFrame({"bill": [None, 3.5], "country": ["no", None]})
    assert_frame_equal(read(tmp_path / "new.csv", features, {}), expected)


def test_reading_knows_how_the_table_of_the_training_was_written(tmp_path: Path, features: Features) -> None:
    trained = {"csv": {"decimal": ",", "skip_rows": 1}, "format": "csv"}
    (tmp_path / "new.data").write_text("export of today\nbill;country\n3,5;no\n")
    expected = pl.DataFrame({"bill": [3.5], "country": ["no"]})
    assert_frame_equal(read(tmp_path / "new.data", features, trained), expected)
    expected.write_parquet(tmp_path / "new.parquet")
    assert_frame_equal(read(tmp_path / "new.parquet", features, trained), expected)


def test_an_output_that_cannot_be_written_is_refused_beforehand(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"p\.xlsx: \.xlsx; required: \.csv, \.parquet, \.arrow, \.feather, "):
        rows.check_output(str(tmp_path / "p.xlsx"))
    with pytest.raises(ConfigError, match=r"predictions: no extension; required: \.csv, \.parquet"):
        rows.check_output(str(tmp_path / "predictions"))
    with pytest.raises(ConfigError, match=r"the folder .*none does not exist; make it first"):
        rows.check_output(str(tmp_path / "none" / "p.csv"))


def test_predictions_are_not_written_over_the_rows_they_are_made_from(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("bill,country\n1.5,no\n")
    (tmp_path / "link.csv").symlink_to(tmp_path / "t.csv")
    read = rows.source(str(tmp_path / "t.csv"), {})
    for name in ("t.csv", "link.csv"):
        with pytest.raises(ConfigError, match=rf"{name}: is the input, which would be written over; choose another"):
            rows.check_apart(str(tmp_path / name), read)
    rows.check_apart(str(tmp_path / "other.csv"), read)


CSV: dict[str, tuple[dict[str, str], str]] = {
    "another decimal": ({"decimal": ",", "separator": ";"}, "bill;country\n3,5;no\n"),
    "groups of digits": ({"thousands": ",", "decimal": "."}, 'bill,country\n"1,003.5",no\n'),
    "a title": ({"skip_rows": "2"}, "of today\n\nbill,country\n3.5,no\n"),
    "no header": ({"header": "false"}, "3.5,no\n"),
    "as in training but for one key": ({"decimal": "."}, "# of today\nbill,country\n3.5,no\n"),
}


@pytest.mark.parametrize("case", CSV)
def test_a_file_that_is_written_otherwise_than_the_training_s_is_read_as_the_options_say(
    tmp_path: Path, case: str
) -> None:
    given, text = CSV[case]
    (tmp_path / "new.csv").write_text(text)
    trained = {"csv": {"comment": "#", "decimal": ","}} if case.startswith("as in") else {}
    (row,) = rows.source(str(tmp_path / "new.csv"), trained, csv=given).read([]).rows()
    assert row[0] % 1000 == 3.5
    assert row[1] == "no"


@pytest.mark.parametrize(
    ("name", "given", "sentence"),
    [
        ("t.csv", {"decimal": "point"}, r"dataset.csv.decimal=point: Input should be '.' or ','"),
        ("t.csv", {"thousands": "."}, "dataset.csv.thousands: must be another sign than csv.decimal"),
        ("t.csv", {"skip_rows": "two"}, "dataset.csv.skip_rows=two: Input should be a valid integer"),
        (
            "t.parquet",
            {"decimal": ","},
            "dataset.csv.decimal: has an effect on CSV and TSV files only, not on .*t.parq",
        ),
    ],
)
def test_a_wrong_option_about_the_file_is_explained(
    tmp_path: Path, name: str, given: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence):
        rows.source(str(tmp_path / name), {}, csv=given)


def test_every_key_of_the_section_csv_can_be_given_with_the_rows() -> None:
    assert {*predict.CSV} == {*Csv.model_fields}


@pytest.mark.parametrize("text", ["[id, größe]", "[id,größe]", '["id", größe]'])
def test_names_are_a_list_or_a_single_one(text: str) -> None:
    assert rows.names(text, "keep") == ["id", "größe"]
    assert rows.names("my id", "keep") == ["my id"]


@pytest.mark.parametrize("text", ["", "[id, [name]]", "{id: name}", "[id, id]", "[id", "[]", "[id, '']"])
def test_what_is_no_list_of_names_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"required: columns of the input, like keep=\[id,name\]"):
        rows.names(text, "keep")


def test_a_date_and_an_ordered_value_are_given_by_the_name_of_their_column(tmp_path: Path) -> None:
    table = {
        "grade": ["low", "high"] * 20,
        "day": [f"{1 + each % 28}.{1 + each % 12}.2024" for each in range(40)],
        "y": ["a", "b"] * 20,
    }
    pl.DataFrame(table).write_csv(tmp_path / "t.csv")
    columns = {"ordered": {"grade": ["low", "mid", "high"]}, "datetime": {"day": "%d.%m.%Y"}}
    keys: dict[str, Any] = {"name": "t", "path": "t.csv", "target": "y", "columns": columns}
    features = prepare(Dataset.model_validate(keys), tmp_path).features
    for text in ("[mid, 2.1.2024]", "{day: 2.1.2024, grade: mid}"):
        x_num, _ = features.encode(rows.from_text(text, features))
        assert x_num[0, :2].tolist() == [1.0, 1.0]
    assert features.encode(rows.from_text("{grade: low}", features))[0].isnan().any(0).tolist()[:2] == [False, True]
    with pytest.raises(ConfigError, match="has 1 values; required: 2, namely grade, day"):
        rows.from_text("[mid]", features)


def test_reading_a_workbook_takes_the_sheet_of_the_training_or_another(tmp_path: Path, features: Features) -> None:
    path = str(tmp_path / "new.xlsx")
    with xlsxwriter.Workbook(path) as book:
        for name, bill in (("Old", 1.5), ("New", 2.5)):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["bill", "country"])
            sheet.write_row(1, 0, [bill, "no"])
    trained = {"sheet": "Old", "csv": {"decimal": ","}}
    assert read(path, features, trained)["bill"].to_list() == [1.5]
    assert read(path, features, trained, sheet="New")["bill"].to_list() == [2.5]
    with pytest.raises(DataError, match="the workbook has 2 sheets; choose one"):
        read(path, features, {})
    (tmp_path / "new.csv").write_text("bill,country\n1.5,no\n")
    with pytest.raises(ConfigError, match="sheet=New: has an effect on Excel workbooks only"):
        read(tmp_path / "new.csv", features, trained, sheet="New")


def test_reading_a_database_takes_the_query_of_the_training_or_another(
    tmp_path: Path, features: Features, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "ROOT", tmp_path)
    with sqlite3.connect(tmp_path / "t.db") as connection:
        connection.execute("create table t as select 1.5 as bill, 'no' as country union select 2.5, 'NA'")
    connection.close()
    trained = {"query": "select * from t"}
    assert read("sqlite:///t.db", features, trained).rows() == [(1.5, "no"), (2.5, None)]
    assert read("sqlite:///t.db", features, trained, query="select * from t where bill > 2").rows() == [(2.5, None)]
    with pytest.raises(ConfigError, match="query: is required for a database"):
        read("sqlite:///t.db", features, {})
    with pytest.raises(ConfigError, match="input: holds a password") as error:
        read("postgresql://me:secret@host/db", features, trained)
    assert "secret" not in str(error.value)
    (tmp_path / "new.csv").write_text("bill,country\n1.5,no\n")
    assert read(tmp_path / "new.csv", features, trained).height == 1


def test_a_name_is_found_in_whichever_unicode_form() -> None:
    table = pl.DataFrame({"größe": [1.0, 2.0, 3.0]})
    features = fitted(table, columns={"numeric": ["größe"]})
    for name in (normalize("NFC", "größe"), normalize("NFD", "größe")):
        assert rows.from_text(f"{{{name}: 2}}", features).columns == ["größe"]
