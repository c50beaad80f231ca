import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from numpy.testing import assert_allclose
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OrdinalEncoder, StandardScaler

from src.data.encoders.categorical import Categorical
from src.data.encoders.numeric import Numeric
from src.data.features import Features
from src.errors import DataError
from tests.unit.data.fitted import fitted


@pytest.fixture
def table() -> pl.DataFrame:
    rng = np.random.default_rng(0)
    numbers = rng.normal(50, 7, (40, 2))
    return pl.DataFrame(
        {
            "mass (g)": numbers[:, 0],
            "year": rng.integers(2000, 2010, 40),
            "part": pl.Series(numbers[:, 1]).scatter([3, 17], None),
            "sex": [["male", "female", None][i % 3] for i in range(40)],
            "level": [i % 4 for i in range(40)],
            "flag": [i % 5 == 0 for i in range(40)],
            "ignored": ["?"] * 40,
        }
    )


@pytest.fixture
def features(table: pl.DataFrame) -> Features:
    return fitted(
        table,
        columns={"numeric": ["hectograms", "part", "flag"], "categorical": ["sex", "level"]},
        derive={"hectograms": '"mass (g)" / 100', "unused": "year - 2000"},
        missing={"indicator": True, "markers": ["NA"]},
    )


@pytest.mark.parametrize("statistic", ["median", "mean"])
def test_numbers_are_fitted_as_scikit_learn_does(table: pl.DataFrame, statistic: str) -> None:
    names = ["mass (g)", "year", "part"]
    spec = fitted(table, columns={"numeric": names}, missing={"numeric": statistic}).input
    cells = table.select(names).to_numpy()
    scaler = StandardScaler().fit(cells)
    assert_allclose(spec.center, scaler.mean_, rtol=1e-13)
    assert_allclose(spec.scale, scaler.scale_, rtol=1e-13)
    assert_allclose(spec.impute, SimpleImputer(strategy=statistic).fit(cells).statistics_, rtol=1e-13)


def test_categories_are_those_of_scikit_learn_behind_unseen_and_missing(table: pl.DataFrame) -> None:
    features = fitted(table, columns={"categorical": ["sex", "level"]})
    _, x_cat = features.encode(table)
    cells = table.select("sex", "level")
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1).fit(cells.drop_nulls().to_numpy())
    reference = encoder.transform(cells.to_numpy())
    assert x_cat.tolist() == (reference + 2).astype(int).tolist()
    assert features.input.cardinalities == (4, 6)
    assert features["sex"] == Categorical("sex", ("female", "male"))
    assert features["level"] == Categorical("level", ("0", "1", "2", "3"))


def test_scale_none_leaves_numbers_as_they_are(table: pl.DataFrame) -> None:
    spec = fitted(table, columns={"numeric": ["part"]}, scale="none").input
    assert (spec.center, spec.scale) == ((0.0,), (1.0,))


def test_a_constant_column_gets_scale_one_and_itself_as_center() -> None:
    spec = fitted(pl.DataFrame({"a": [0.1, 0.1, None, 0.1]}), columns={"numeric": ["a"]}).input
    assert (spec.center, spec.scale, spec.impute) == ((0.1,), (1.0,), (0.1,))


def test_only_columns_with_missing_train_cells_get_an_indicator(features: Features) -> None:
    assert features.input.indicator == (False, True, False)


@pytest.mark.parametrize("kind", ["numeric", "categorical"])
def test_a_column_without_any_train_value_is_refused(kind: str) -> None:
    with pytest.raises(DataError, match="column 'a' has no value in any train row"):
        fitted(pl.DataFrame({"a": [None, None], "b": [1, 2]}), columns={kind: ["a"]})


def test_a_column_that_32_bits_cannot_tell_apart_is_refused() -> None:
    with pytest.raises(DataError, match=r"column 'a' spreads by 0.82 around 1600000001.*derive the difference"):
        fitted(pl.DataFrame({"a": [1.6e9, 1.6e9 + 1, 1.6e9 + 2]}), columns={"numeric": ["a"]})
    with pytest.raises(DataError, match=r"column 'a' row 2: 1e\+39 is too large for 32-bit numbers"):
        fitted(pl.DataFrame({"a": [1.0, 1e39]}), columns={"numeric": ["a"]})


def test_raw_columns_are_what_a_prediction_needs(features: Features) -> None:
    kinds = [("mass (g)", "number"), ("part", "number"), ("flag", "number"), ("sex", "text"), ("level", "number")]
    assert list(features.raw_columns.items()) == kinds


def test_ranges_are_the_train_extremes(features: Features, table: pl.DataFrame) -> None:
    values = table["part"].drop_nulls().to_list()
    assert features["part"] == Numeric("part", min(values), max(values))
    assert features["flag"] == Numeric("flag", 0.0, 1.0)


def test_json_carries_features_exactly(features: Features, table: pl.DataFrame) -> None:
    again = Features.from_dict(json.loads(json.dumps(features.to_dict())))
    assert again == features
    for one, other in zip(again.encode(table), features.encode(table), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0, equal_nan=True)


def test_features_load_and_encode_in_a_fresh_process(features: Features, tmp_path: Path) -> None:
    (tmp_path / "features.json").write_text(json.dumps(features.to_dict()))
    code = (
        "import json, sys, polars as pl; from src.data.features import Features;"
        "features = Features.from_dict(json.load(open(sys.argv[1])));"
        "row = {'mass (g)': 4200, 'part': None, 'flag': True, 'sex': 'male', 'level': 3};"
        "print(*(x.tolist() for x in features.encode(pl.DataFrame([row]))))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "features.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "[[42.0, nan, 1.0]] [[3, 5]]\n"


def test_encoding_keeps_raw_units_and_marks_missing_cells(features: Features, table: pl.DataFrame) -> None:
    x_num, x_cat = features.encode(table)
    assert (x_num.dtype, x_cat.dtype) == (torch.float32, torch.int64)
    assert x_num.is_contiguous()
    assert x_cat.is_contiguous()
    expected = np.column_stack([table["mass (g)"].to_numpy() / 100, table["part"].to_numpy(), table["flag"].to_numpy()])
    assert_allclose(x_num.numpy(), expected.astype(np.float32), rtol=1e-6)
    assert x_num[3, 1].isnan()
    assert x_cat[2, 0] == 1


@pytest.mark.parametrize(
    "row",
    [
        {"mass (g)": 4200, "part": 3, "flag": True, "sex": "male", "level": 3},
        {"mass (g)": 4200.0, "part": 3.0, "flag": 1, "sex": "male", "level": 3.0, "other": [1]},
        {"mass (g)": "4200", "part": " 3.0 ", "flag": "1", "sex": " male ", "level": "3"},
        {"hectograms": 42, "part": 3, "flag": 1.0, "sex": "male", "level": "3.0"},
        {"mass (g)": 4200, "hectograms": 7, "part": 3, "flag": True, "sex": "male", "level": 3},
    ],
)
def test_one_row_is_the_same_however_json_or_a_file_writes_it(features: Features, row: dict[str, object]) -> None:
    x_num, x_cat = features.encode(pl.DataFrame([row]))
    assert x_num.tolist() == [[42.0, 3.0, 1.0]]
    assert x_cat.tolist() == [[3, 5]]


@pytest.mark.parametrize("missing", [None, float("nan"), "", " ", "NA"])
def test_missing_cells_are_null_nan_empty_text_and_markers(features: Features, missing: object) -> None:
    row = {"mass (g)": missing, "part": missing, "flag": missing, "sex": missing, "level": missing}
    x_num, x_cat = features.encode(pl.DataFrame([row]))
    assert x_num.isnan().all()
    assert x_cat.tolist() == [[1, 1]]


def test_unseen_categories_have_index_zero(features: Features) -> None:
    _, x_cat = features.encode(pl.DataFrame({"hectograms": 1, "part": 1, "flag": 1, "sex": ["x", "Male"], "level": -1}))
    assert x_cat.tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize("value", ["inf", float("inf"), "much"])
def test_text_and_infinity_among_numbers_are_named_with_their_row(features: Features, value: object) -> None:
    rows = [{"hectograms": 1, "part": part, "flag": 1, "sex": "male", "level": 1} for part in (None, None, value)]
    with pytest.raises(DataError, match=r"column 'part' row 3: '(inf|much)' is not a (finite )?number"):
        features.encode(pl.DataFrame(rows))


def test_missing_columns_are_named_together_with_the_nearest(features: Features) -> None:
    sentence = (
        r"no column 'mass \(g\)' \(did you mean 'Mass \(g\)'\?\), 'flag', 'level'; there are: Mass \(g\), part, sex"
    )
    with pytest.raises(DataError, match=sentence):
        features.encode(pl.DataFrame({"Mass (g)": [1], "part": [1], "sex": ["male"]}))


@pytest.mark.parametrize(("kind", "shapes"), [("numeric", ((3, 1), (3, 0))), ("categorical", ((3, 0), (3, 1)))])
def test_without_columns_of_a_kind_its_tensor_has_width_zero(
    kind: str, shapes: tuple[tuple[int, int], tuple[int, int]]
) -> None:
    table = pl.DataFrame({"a": [1, 2, 3]})
    features = fitted(table, columns={kind: ["a"]})
    assert tuple(tuple(x.shape) for x in features.encode(table)) == shapes


def test_no_rows_are_encoded_as_no_rows(features: Features, table: pl.DataFrame) -> None:
    assert [tuple(x.shape) for x in features.encode(table.clear())] == [(0, 3), (0, 2)]


def test_a_row_alone_gets_the_same_bits_as_among_others(features: Features, table: pl.DataFrame) -> None:
    alone = [features.encode(table[row : row + 1])[0] for row in range(table.height)]
    torch.testing.assert_close(torch.cat(alone), features.encode(table)[0], rtol=0, atol=0, equal_nan=True)
