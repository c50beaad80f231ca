"""What is fitted, and what the network makes of it, against scikit-learn."""

import json
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from numpy.testing import assert_allclose
from sklearn.preprocessing import MinMaxScaler, QuantileTransformer, RobustScaler, StandardScaler

from src.data.features import Features
from src.models.numeric import NumericEncoder
from src.spec import InputSpec
from tests.unit.data.fitted import fitted

SCALERS = {
    "standard": StandardScaler(),
    "minmax": MinMaxScaler(),
    "quantile": QuantileTransformer(output_distribution="normal", n_quantiles=1000, subsample=None),
}


def fit(table: pl.DataFrame, **options: Any) -> Features:
    return fitted(table, **{"columns": {"numeric": table.columns}, **options})


def encoded(features: Features, table: pl.DataFrame) -> Any:
    spec = InputSpec.from_dict(json.loads(json.dumps(features.input.to_dict())))
    assert spec == features.input
    return NumericEncoder(spec)(features.encode(table)[0]).numpy()


def made(n: int, seed: int = 0) -> pl.DataFrame:
    """float32 numbers, so that both sides see the same ones: normal, long-tailed, few values, half equal, constant."""
    rng = np.random.default_rng(seed)
    columns = {
        "normal": rng.normal(50, 7, n),
        "tail": rng.lognormal(0, 2, n),
        "few": rng.integers(0, 4, n),
        "spike": np.where(rng.random(n) < 0.8, 0, rng.normal(0, 1, n)),
        "constant": np.full(n, 3.5),
    }
    return pl.DataFrame({name: values.astype(np.float32) for name, values in columns.items()})


@pytest.mark.parametrize("how", SCALERS)
@pytest.mark.parametrize("n", [40, 1000])
def test_numbers_come_out_of_the_network_as_out_of_scikit_learn(how: str, n: int) -> None:
    table, more = made(n), made(500, seed=1)
    scaler = SCALERS[how].set_params(n_quantiles=n) if how == "quantile" else SCALERS[how]
    scaler.fit(table.to_numpy().astype(np.float64))
    features = fit(table, scale=how)
    for frame in (table, more):
        expected = scaler.transform(frame.to_numpy().astype(np.float64))
        assert_allclose(encoded(features, frame), expected, rtol=1e-6, atol=1e-6)


def test_many_rows_are_described_by_a_thousand_quantiles() -> None:
    table = made(5000).select("normal", "tail")
    features = fit(table, scale="quantile")
    reference = SCALERS["quantile"].fit(table.to_numpy().astype(np.float64))
    assert_allclose(np.array(features.input.quantiles).T, reference.quantiles_, rtol=1e-12)
    expected = reference.transform(table.to_numpy().astype(np.float64))
    assert_allclose(encoded(features, table), expected, atol=1e-3)  # the quantiles are held in 32 bits


def test_quantiles_leave_out_missing_numbers_and_end_where_the_train_rows_do() -> None:
    table = pl.DataFrame({"a": [None, 3.0, 1.0, 2.0, None]})
    x = encoded(fit(table, scale="quantile"), pl.DataFrame({"a": [1.0, 2.0, 3.0, None, 1e30, -1e30]}))
    assert_allclose(x[:, 0], [-5.1993, 0, 5.1993, 0, 5.1993, -5.1993], atol=1e-3)


def test_robust_is_scikit_learns_scale_and_a_smooth_limit_at_three() -> None:
    table = made(400).select("normal", "tail")
    reference = RobustScaler().fit_transform(table.to_numpy().astype(np.float64))
    x = encoded(fit(table, scale="robust"), table)
    assert_allclose(x, reference / np.sqrt(1 + (reference / 3) ** 2), rtol=1e-6, atol=1e-6)
    far = encoded(fit(table, scale="robust"), pl.DataFrame({"normal": [1e38, -1e38], "tail": [1e9, 1e20]}))
    assert_allclose(far, [[3, 3], [-3, 3]], rtol=1e-6)


def test_robust_takes_half_the_range_where_the_quartiles_are_equal() -> None:
    spec = fit(pl.DataFrame({"a": [0.0] * 9 + [4.0], "b": [7.0] * 10}), scale="robust").input
    assert (spec.center, spec.scale) == ((0.0, 7.0), (2.0, 1.0))


def test_clip_limits_to_standard_deviations() -> None:
    table = made(400).select("tail")
    standard = encoded(fit(table), table)
    assert standard.max() > 2.5
    assert_allclose(encoded(fit(table, clip=2.5), table), standard.clip(-2.5, 2.5), rtol=0)


def test_log_keeps_the_sign_and_comes_before_the_scale() -> None:
    table = pl.DataFrame({"a": [-1e6, -1.0, 0.0, 1.0, 1e6], "b": [1.0, 2.0, 3.0, 4.0, 5.0]})
    logs = np.sign(table["a"].to_numpy()) * np.log1p(np.abs(table["a"].to_numpy()))
    x = encoded(fit(table, log=["a"]), table)
    assert_allclose(x[:, 0], StandardScaler().fit_transform(logs[:, None])[:, 0], rtol=1e-6)
    assert_allclose(x[:, 1], encoded(fit(table), table)[:, 1], rtol=0)
    assert fit(table, log=["a"]).input.impute == (0.0, 3.0)


def test_none_and_standard_have_only_the_buffers_they_ever_had() -> None:
    for how in ("none", "standard"):
        spec = fit(made(30), scale=how).input
        assert list(NumericEncoder(spec).state_dict()) == ["impute", "center", "scale", "indicated"]
        old = {key: value for key, value in spec.to_dict().items() if key in list(InputSpec.__annotations__)[:7]}
        assert InputSpec.from_dict(old) == spec


@pytest.mark.parametrize("how", ["robust", "quantile"])
def test_numbers_can_be_exported(how: str) -> None:
    table = made(30)
    features = fit(table, scale=how)
    encoder, x = NumericEncoder(features.input), features.encode(table)[0]
    rows = torch.export.Dim("rows", min=2)
    program = torch.export.export(encoder, (x,), dynamic_shapes=({0: rows},)).module()
    for part in (x, x[:7]):
        torch.testing.assert_close(program(part), encoder(part), rtol=0, atol=0)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"clip": 3.0, "scale": "robust"}, "clip: counts standard deviations, so it needs scale: standard"),
        ({"log": ["z"]}, "log: z is not listed under columns.numeric"),
        ({"log": ["normal"], "scale": "quantile"}, "log: has hardly an effect with scale: quantile"),
    ],
)
def test_settings_without_an_effect_are_refused(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        fit(made(9), **options)
