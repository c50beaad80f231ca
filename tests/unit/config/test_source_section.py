from typing import Any

import pytest

from src.config.compose import compose
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
        ("dataset.format=xlsx", "dataset.format: must be "),
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
