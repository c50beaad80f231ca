import sqlite3
from pathlib import Path

import polars as pl
import pytest

from src.config.compose import compose
from src.config.dataset import Dataset
from src.data.encoders.categorical import Categorical
from src.data.prepare import prepare
from src.errors import ConfigError, DataError
from src.init import _name, init
from src.task import Task

N = 60


@pytest.fixture
def table(tmp_path: Path) -> Path:
    frame = pl.DataFrame(
        {
            "PassengerId": range(N),
            "body mass": [-999 if index % 20 == 0 else 3000 + 17 * (index % 41) for index in range(N)],
            "age": ["?" if index == 5 else str(index % 31) for index in range(N)],
            "sex": ["f", "m", "NA"] * (N // 3),
            "no": ["a, b", "c: d"] * (N // 2),
            "label": ["low", "mid", "high"] * (N // 3),
        }
    )
    frame.write_csv(tmp_path / "my table.csv")
    return tmp_path / "my table.csv"


def written(path: Path, *arguments: str) -> tuple[Dataset, str]:
    conf = path.parent / "conf"
    file = init([str(path), f"folder={conf}", *arguments])
    return compose([f"dataset={file.stem}"], conf).config.dataset, file.read_text()


def test_the_file_that_is_written_composes_and_prepares(table: Path) -> None:
    dataset, text = written(table, "name=mine")
    assert (dataset.name, dataset.target, dataset.task) == ("mine", "label", "multiclass")
    assert dataset.columns.numeric == ["body mass", "age"]
    assert dataset.columns.categorical == ["sex", "no"]
    assert dataset.missing.markers == ["-999", "?"]
    assert "#   PassengerId: an id: whole numbers, another one in each row" in text
    prepared = prepare(dataset, table.parent)
    assert prepared.facts["missing"] == {"body mass": 3, "age": 1, "sex": 0, "no": 0}
    assert prepared.features["sex"] == Categorical("sex", ("NA", "f", "m"))  # among words, NA may be a name


def test_several_targets_are_written_as_a_list_that_prepares(table: Path) -> None:
    known = pl.when(pl.col("PassengerId") > 4).then(pl.col("PassengerId") / 7)
    pl.read_csv(table).with_columns(known.alias("gain")).write_csv(table)
    dataset, text = written(table, "name=two", "target=[body mass, gain]")
    assert dataset.targets == ["body mass", "gain"]
    assert 'where: "\\"body mass\\" is not null and \\"gain\\" is not null"' in text
    prepared = prepare(dataset, table.parent)
    assert prepared.features.output.task is Task.REGRESSION
    assert prepared.facts["rows"]["used"] == N - 5
    with pytest.raises(DataError, match=r"'body mass' holds numbers, 'label' holds texts"):
        written(table, "name=mixed", "target=[body mass,label]")
    for wrong in ("target=[]", "target=[{}]"):
        with pytest.raises(ConfigError, match="required: a column or a list of columns like"):
            written(table, "name=wrong", wrong)


def test_a_file_that_is_there_is_kept(table: Path) -> None:
    written(table, "name=mine")
    with pytest.raises(ConfigError, match=r"mine\.yaml is there already; choose name=ANOTHER, or force=true"):
        written(table, "name=mine")
    dataset, _ = written(table, "name=mine", "force=true", "target=body mass")
    assert dataset.task == "regression"


def test_a_target_is_asked_for_unless_a_name_tells_it(table: Path) -> None:
    pl.read_csv(table).rename({"label": "kind"}).write_csv(table)
    with pytest.raises(
        ConfigError, match=r"no column is called target, label, class, y; write target=NAME, one of: Pass"
    ):
        written(table, "name=mine")
    with pytest.raises(DataError, match=r"no column 'kinds' \(did you mean 'kind'\?\)"):
        written(table, "name=mine", "target=kinds")


def test_rows_without_target_and_classes_of_one_row_are_left_out(table: Path) -> None:
    frame = pl.read_csv(table).with_columns(
        label=pl.when(pl.int_range(pl.len()) == 0).then(None).when(pl.int_range(pl.len()) == 1).then(pl.lit("it's"))
        .otherwise("label")
    )  # fmt: skip
    frame.write_csv(table)
    dataset, _ = written(table, "name=mine")
    assert dataset.where == "\"label\" is not null and \"label\" not in ('it''s')"
    assert prepare(dataset, table.parent).facts["rows"]["used"] == N - 2


def test_a_decimal_comma_is_seen(table: Path) -> None:
    table.write_text("a;y\n" + "\n".join(f"{index},{index % 9 + 1};{index % 2}" for index in range(30)))
    dataset, _ = written(table, "name=mine")
    assert dataset.csv.decimal == ","
    assert dataset.columns.numeric == ["a"]


def test_options_of_the_csv_file_are_written_down_or_refused(table: Path) -> None:
    table.write_text("a title\na,y\n" + "\n".join(f"{index % 7}.5,{index % 2}" for index in range(30)))
    dataset, _ = written(table, "name=mine", "csv.skip_rows=1")
    assert dataset.csv.skip_rows == 1
    with pytest.raises(ConfigError, match=r"csv\.skip_rows: "):
        written(table, "name=other", "csv.skip_rows=-1")


def test_a_column_that_says_the_part_splits(table: Path) -> None:
    frame = pl.read_csv(table).with_columns(part=pl.Series(["train", "train", "train", "val", "test", "test"] * 10))
    frame.write_csv(table)
    dataset, _ = written(table, "name=mine")
    assert (dataset.split.by, dataset.split.column) == ("column", "part")
    assert prepare(dataset, table.parent).facts["rows"]["test"] == 20


def test_names_with_signs_stay_as_they_are(table: Path) -> None:
    names = ['pro"cent %', "${x}", "größe: #1", "- dash", "null", "1e3", "y"]
    cells = {name: [(index * 7 + place) % 11 + 0.5 for index in range(N)] for place, name in enumerate(names)}
    odd = table.with_name("odd.parquet")
    pl.DataFrame(cells | {"y": ["yes", "no"] * (N // 2)}).write_parquet(odd)
    dataset, _ = written(odd)
    assert dataset.columns.numeric == names[:-1]
    assert prepare(dataset, table.parent).features.input.numeric == tuple(names[:-1])


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("data/my table.csv.gz", "my table"),
        ("data/parts/*.csv", "parts"),
        ("*.csv", "table"),
        ("https://host/a%20b.csv?id=3", "a b"),
        ("s3://bucket/folder/", "folder"),
        ("postgresql://me@host/shop", "shop"),
        ("-.csv", "table"),
    ],
)
def test_a_name_is_found_in_the_path(path: str, name: str) -> None:
    assert _name(path) == name


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "the first argument must be the file"),
        (["t.csv", "goal=a"], "goal: there is no such option"),
        (["t.csv", "force=maybe"], "force=maybe: must be true or false"),
        (["t.csv", "name=a/b"], "name=a/b: must be letters"),
        (["train=a.csv"], "the first argument must be the file.*train=FILE test=FILE, and validation=FILE"),
        (["t.csv", "train=a.csv", "test=b.csv"], "the first argument must be the file"),
        (["sqlite:///t.db"], "query: is required for a database"),
        (["t.csv", "query=select 1"], "query: is for a database"),
        (["t.csv", "name=penguins", "folder=my_conf"], r"conf/dataset/penguins\.yaml has the same name and would win"),
    ],
)
def test_wrong_options_are_explained(arguments: list[str], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        init(arguments)


def test_dates_are_written_down_with_their_form(table: Path) -> None:
    frame = pl.read_csv(table).with_columns(
        pl.format("{}.1.2024", pl.int_range(pl.len()) % 28 + 1).alias("visit"),
        pl.format("2024-01-{} 10:00", 10 + pl.int_range(pl.len()) % 19).alias("birth day"),
    )
    frame.write_csv(table)
    dataset, text = written(table, "name=mine")
    assert dataset.columns.forms == {"visit": "%d.%m.%Y", "birth day": "iso"}
    assert 'visit: "%d.%m.%Y"' in text
    assert "visit.elapsed_days" in prepare(dataset, table.parent).features.input.numeric
    frame.drop("visit").write_csv(table)
    dataset, _ = written(table, "name=other")
    assert dataset.columns.datetime == ["birth day"]


def test_a_class_called_na_stays_one_where_na_means_missing_elsewhere(table: Path) -> None:
    continent = pl.Series("label", ["NA", "EU", "AS"] * (N // 3))
    size = pl.Series("size", ["NA" if row % 7 == 0 else str(row % 31) for row in range(N)])
    pl.read_csv(table).with_columns(continent, size).write_csv(table)
    dataset, _ = written(table, "name=mine")
    assert dataset.missing.markers == {"*": ["-999", "?", "NA"], "sex": ["-999", "?"], "label": ["-999", "?"]}
    prepared = prepare(dataset, table.parent)
    assert prepared.features.output.classes == ("AS", "EU", "NA")
    assert prepared.facts["missing"]["size"] == 9


def test_a_workbook_a_database_and_files_for_each_part_are_described(table: Path) -> None:
    frame = pl.read_csv(table)
    frame.write_excel(table.with_name("book.xlsx"), worksheet="My data")
    with sqlite3.connect(table.with_name("shop.db")) as connection:
        connection.execute(f"create table t ({', '.join(map(repr, frame.columns))})")
        connection.executemany(f"insert into t values ({', '.join('?' * frame.width)})", frame.rows())
    connection.close()
    frame[:40].write_csv(table.with_name("a.csv"))
    frame[40:].write_csv(table.with_name("b.csv"))
    plain, _ = written(table, "name=plain")

    book, _ = written(table.with_name("book.xlsx"), "sheet=My data")
    assert (book.name, book.sheet) == ("book", "My data")
    conf = table.parent / "conf"
    shop = init([f"sqlite:///{table.parent}/shop.db", "query=select * from t", f"folder={conf}"])
    queried = compose([f"dataset={shop.stem}"], conf).config.dataset
    assert (queried.name, queried.query) == ("shop", "select * from t")
    assert book.columns == plain.columns
    assert queried.columns.numeric == ["body mass"]  # a question mark made text of the ages
    for dataset in (book, queried):
        assert prepare(dataset, table.parent).facts["rows"] == prepare(plain, table.parent).facts["rows"]

    a, b = table.with_name("a.csv"), table.with_name("b.csv")
    parts = init([f"train={a}", f"test={b}", f"folder={conf}", "name=parts"])
    divided = compose([f"dataset={parts.stem}"], conf).config.dataset
    assert divided.split.by == "files"
    assert prepare(divided, table.parent).facts["rows"]["test"] == 20
