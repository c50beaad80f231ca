from pathlib import Path

import polars as pl
import pytest

from src.config.compose import compose
from src.config.dataset import Dataset
from src.data.encoders.categorical import Categorical
from src.data.prepare import prepare
from src.errors import ConfigError, DataError
from src.init import init

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
    ("arguments", "sentence"),
    [
        ([], "the first argument must be the file"),
        (["t.csv", "goal=a"], "goal: there is no such option"),
        (["t.csv", "force=maybe"], "force=maybe: must be true or false"),
        (["t.csv", "name=a/b"], "name=a/b: must be letters"),
    ],
)
def test_wrong_options_are_explained(arguments: list[str], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        init(arguments)
