from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from polars.testing import assert_frame_equal

from src.bundle import Bundle
from src.config.dataset import Dataset
from src.config.mlp import Mlp
from src.data.encoders.numeric import Numeric
from src.data.prepare import prepare
from src.errors import DataError
from src.inference import Predictor
from src.models.build import build
from src.models.network import AT_ONCE

TARGETS: dict[str, list[Any]] = {
    "kind": ["adelie", "chinstrap", "Gentoo one"] * 20,
    "answer": ["no", "yes"] * 30,
    "price": [100.0 + 3 * i for i in range(60)],
    "wet": [0, 1, 1] * 20,
    "windy": ["no", "no", "yes", "yes"] * 15,
    "weight": [0.5 * i for i in range(60)],
}
SEVERAL: dict[str, list[str]] = {"labels": ["wet", "windy"], "numbers": ["price", "weight"]}
SCHEMAS: dict[str, dict[str, Any]] = {
    "kind": {
        "prediction": pl.String,
        **{"probability_Gentoo one": pl.Float64, "probability_adelie": pl.Float64, "probability_chinstrap": pl.Float64},
    },
    "answer": {"prediction": pl.String, "probability_no": pl.Float64, "probability_yes": pl.Float64},
    "price": {"prediction": pl.Float64},
    "labels": {
        **{"prediction_wet": pl.Int64, "prediction_windy": pl.Int64},
        **{"probability_wet": pl.Float64, "probability_windy": pl.Float64},
    },
    "numbers": {"prediction_price": pl.Float64, "prediction_weight": pl.Float64},
}
CLASSES = {"kind": ["Gentoo one", "adelie", "chinstrap"], "answer": ["no", "yes"]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, rng = tmp_path_factory.mktemp("table"), np.random.default_rng(0)
    numbers = pl.DataFrame({"mass": rng.uniform(10, 30, 60).round(2), "length": rng.uniform(1, 5, 60).round(2)})
    words = pl.DataFrame({"colour": ["red", "blue"] * 30, **TARGETS})
    numbers.hstack(words).write_csv(folder / "t.csv")
    return folder


def predictor(folder: Path, target: str) -> Predictor:
    columns = {"numeric": ["tenth", "length"], "categorical": ["colour"]}
    keys: dict[str, Any] = {"name": "t", "path": "t.csv", "target": SEVERAL.get(target, target), "columns": columns}
    features = prepare(Dataset.model_validate({**keys, "derive": {"tenth": "mass / 10"}}), folder).features
    torch.manual_seed(0)
    network = build(Mlp(hidden=[9]).model_dump(), features.input, features.output.d_out)
    return Predictor(Bundle(network.eval(), features, {"example": []}))


@pytest.fixture(params=list(SCHEMAS))
def each(folder: Path, request: pytest.FixtureRequest) -> tuple[str, Predictor]:
    return request.param, predictor(folder, request.param)


def frame(n: int = 50) -> pl.DataFrame:
    rng = np.random.default_rng(1)
    mass = pl.Series("mass", rng.uniform(10, 30, n)).scatter([0], None)
    return pl.DataFrame({"mass": mass, "length": rng.uniform(1, 5, n), "colour": ["red", "blue"] * (n // 2), "id": 1})


def test_columns_are_the_predictions_and_one_probability_for_each_class_or_label(each: tuple[str, Predictor]) -> None:
    target, model = each
    predicted = model.predict(frame())
    assert dict(predicted.schema) == SCHEMAS[target]
    assert predicted.height == 50
    assert not any(predicted.null_count().row(0))


@pytest.mark.parametrize("target", ["kind", "answer"])
def test_probabilities_sum_to_one_and_the_largest_names_the_prediction(folder: Path, target: str) -> None:
    predicted = predictor(folder, target).predict(frame())
    cells = predicted.select(pl.col("^probability_.*$"))
    assert cells.sum_horizontal().to_list() == pytest.approx([1.0] * 50, abs=1e-12)
    largest = [CLASSES[target][j] for j in cells.to_numpy().argmax(1)]
    assert predicted["prediction"].to_list() == largest
    assert len(set(largest)) > 1


def test_a_label_is_predicted_where_its_probability_is_above_one_half(folder: Path) -> None:
    predicted = predictor(folder, "labels").predict(frame())
    for name in SEVERAL["labels"]:
        assert (predicted[f"prediction_{name}"] == (predicted[f"probability_{name}"] > 0.5)).all()
    assert predicted.select(pl.col("^probability_.*$")).sum_horizontal().std() != pytest.approx(0)


def test_rows_keep_their_order(each: tuple[str, Predictor]) -> None:
    _, model = each
    shuffled = np.random.default_rng(2).permutation(50)
    assert_frame_equal(model.predict(frame()[shuffled]), model.predict(frame())[shuffled], rel_tol=1e-5)


def test_a_row_predicts_the_same_alone_and_among_others(each: tuple[str, Predictor]) -> None:
    _, model = each
    alone = pl.concat([model.predict(frame()[i]) for i in range(50)])
    assert_frame_equal(alone, model.predict(frame()), rel_tol=1e-5)


def test_an_empty_table_gives_an_empty_table_with_the_same_columns(each: tuple[str, Predictor]) -> None:
    _, model = each
    predicted, notes = model.predict_with_notes(frame().clear())
    assert predicted.schema == model.predict(frame()).schema
    assert (predicted.height, notes) == (0, [])


def test_the_size_of_a_forward_pass_does_not_change_the_numbers(
    each: tuple[str, Predictor], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, model = each
    whole = model.predict(frame())
    monkeypatch.setitem(AT_ONCE, "cpu", 7)
    assert_frame_equal(model.predict(frame()), whole, rel_tol=1e-5)


def test_raw_and_derived_columns_predict_the_same(each: tuple[str, Predictor]) -> None:
    _, model = each
    derived = frame().with_columns(tenth=pl.col("mass") / 10).drop("mass")
    assert_frame_equal(model.predict(derived), model.predict(frame()), rel_tol=1e-6)


def test_a_regression_predicts_in_units_of_the_target(folder: Path) -> None:
    model = predictor(folder, "price")
    with torch.no_grad():
        outputs = model.bundle.network(*model.features.encode(frame()))[:, 0].double()
    spec = model.features.output
    expected = outputs * spec.scale[0] + spec.center[0]
    assert model.predict(frame())["prediction"].to_list() == pytest.approx(expected.tolist())
    assert spec.center[0] == pytest.approx(188.5, abs=20)


def test_values_like_those_of_the_training_need_no_note(each: tuple[str, Predictor]) -> None:
    _, model = each
    assert model.predict_with_notes(frame())[1] == []


def range_of(model: Predictor, name: str) -> tuple[float, float]:
    encoder = model.features[name]
    assert isinstance(encoder, Numeric)
    return encoder.low, encoder.high


def test_numbers_far_outside_are_noted_once_for_each_column(folder: Path) -> None:
    model = predictor(folder, "kind")
    low, high = range_of(model, "length")
    span = high - low
    lengths = [low - span * 1.01, high + span * 1.01, high + span * 0.99, None, low]
    rows = pl.DataFrame({"mass": [1e4, 2e4, 20.0, 20.0, -1e4], "length": lengths, "colour": ["red"] * 5})
    tenth_low, tenth_high = range_of(model, "tenth")
    assert model.predict_with_notes(rows)[1] == [
        f"note: tenth lies far outside the {tenth_low:g} to {tenth_high:g} of the train rows in 3 row(s); "
        "is it in the same unit?",
        f"note: length lies far outside the {low:g} to {high:g} of the train rows in 2 row(s); is it in the same unit?",
    ]


def test_categories_never_seen_are_noted_and_missing_ones_are_not(folder: Path) -> None:
    rows = frame(4).with_columns(colour=pl.Series(["pink", None, "", "green"]))
    predicted, notes = predictor(folder, "answer").predict_with_notes(rows)
    assert notes == ["note: colour has a category that no train row had in 2 row(s)"]
    assert predicted.height == 4


def test_a_missing_column_or_a_cell_that_is_no_number_is_refused(folder: Path) -> None:
    model = predictor(folder, "kind")
    with pytest.raises(DataError, match="length"):
        model.predict(frame().drop("length"))
    with pytest.raises(DataError, match="column 'length' row 2: 'wide' is not a number"):
        model.predict(frame(2).with_columns(length=pl.Series(["1.5", "wide"])))


def test_a_row_without_a_finite_answer_is_refused_with_its_number(folder: Path) -> None:
    model, rows = predictor(folder, "price"), frame()
    rows[3, "mass"] = rows[7, "mass"] = 3e38
    model.features = replace(model.features, output=replace(model.features.output, log=True))
    with pytest.raises(DataError, match=r"^row 4: the network has no finite answer to it, .* \(2 such rows\)$"):
        model.predict(rows)


def test_the_names_of_the_predicted_columns_are_known_beforehand(each: tuple[str, Predictor]) -> None:
    _, model = each
    assert [*model.features.output.predicted_columns] == model.predict(frame()).columns
