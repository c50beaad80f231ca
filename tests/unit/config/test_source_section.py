from typing import Any

import pytest

from src.config.compose import compose
from src.config.path import Files, each
from src.config.source import Csv
from src.errors import ConfigError


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("dataset.csv.separator=semicolon", "dataset.csv.separator: must be auto or one sign such as ; .*'semicolon'"),
        ("dataset.csv.separator=a", "dataset.csv.separator: must be auto or one sign"),
        ("dataset.csv.thousands='.'", r"dataset.csv.thousands: must be another sign than csv.decimal"),
        ("dataset.csv.decimal=point", r"dataset.csv.decimal: must be one of \., ,; got \"point\""),
        ("dataset.csv.skip_rows=-1", "dataset.csv.skip_rows: must be a whole number of at least 0"),
        ("dataset.csv.encoding=utf8", "dataset.csv.encoding: must be one of utf-8.* did you mean utf-8"),
        ("dataset.format=xlsx", "dataset.format: must be auto, or one of csv, .*, excel; got"),
        ("dataset.path=[]", "dataset.path: must be "),
    ],
)
def test_a_wrong_option_is_explained(override: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        compose([override])


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", " ", ":", "auto"])
def test_one_sign_separates(separator: str) -> None:
    assert Csv(separator=separator).separator == separator


@pytest.mark.parametrize("path", ["'data/*.csv'", "[data/a.csv,data/b.csv]"])
def test_a_path_is_a_text_or_a_list(path: Any) -> None:
    assert compose([f"dataset.path={path}"]).config.dataset.path


FILES = "dataset.path={train: a.csv, test: [b.csv, c.csv]}"


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        (["dataset.path=sqlite:///x.db"], "dataset.query: is required for a database, for instance: select"),
        (["dataset.query=select 1"], "dataset.query: is for a database, sqlite:///FILE or .*; path is data/pen"),
        (["dataset.path=[a.csv,'sqlite:///x.db']"], "dataset.path: a database cannot stand in a list or section"),
        (["dataset.path='sqlite:///x.db'", "dataset.query=select", "dataset.sheet=A"], "dataset.sheet: has no effect"),
        (["dataset.path={train: a, tets: b}"], r"(?s)path\.test: is required; .*path\.tets: there is no such key"),
        (["dataset.path={train: a, test: 3}"], "dataset.path.test: must be a text .*, or a list .*; got 3"),
        ([FILES], "dataset.split.by: must be files where path names files for each part; it is stratified"),
        (["dataset.split.by=files"], "dataset.path: split.by: files needs files for each part: {train: a.csv"),
        ([FILES, "dataset.split.by=files", "dataset.split.folds=5"], "split.folds: cannot go with by: files"),
        ([FILES, "dataset.split.by=files", "dataset.split.column=a"], "split.column: has no effect with by: files"),
        (
            ["dataset.path={train: a, validation: b, test: c}", "dataset.split.by=files", "dataset.split.seed=1"],
            "dataset.split: train, validation, test and seed have no effect when each part has its files",
        ),
    ],
)
def test_a_wrong_source_is_explained(overrides: list[str], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        compose(overrides)


@pytest.mark.parametrize(
    "url", ["postgresql://me:secret@host/db", "postgresql://me@host/db?password=secret", "https://me:secret@host/t.csv"]
)
def test_a_password_is_refused_and_not_repeated(url: str) -> None:
    query = ["dataset.query=select"] if "postgresql" in url else []
    with pytest.raises(ConfigError, match=r"dataset\.path: holds a password, which would be written") as error:
        compose([f"dataset.path='{url}'", *query])
    assert "secret" not in str(error.value)


def test_files_for_each_part_may_lack_those_for_validation() -> None:
    path = compose([FILES, "dataset.split.by=files"]).config.dataset.path
    assert isinstance(path, Files)
    assert each(path) == ["a.csv", "b.csv", "c.csv"]
    assert path.validation is None
