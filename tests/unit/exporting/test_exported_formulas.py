"""Arithmetic of SQL in torch, against Polars."""

import numpy as np
import polars as pl
import pytest
import torch

from src.data.expressions import parse
from src.exporting.formulas import formula


@pytest.mark.parametrize(
    "sql",
    ["a / 10", "-a + b * 2 - 7 / 2", '("a" - b) / (b + 1.5)', "SQRT(abs(a)) + ln(b)", "exp(-b) * +a", " a - b - 1 "],
)
def test_arithmetic_is_what_polars_calculates(sql: str) -> None:
    frame = pl.DataFrame({"a": [1.5, -2.0, None, 7.0], "b": [3.0, 0.5, 1.0, 2.0]})
    calculate = formula(sql, ["a", "b"])
    assert calculate is not None
    found = calculate({name: torch.from_numpy(frame[name].to_numpy().copy()) for name in frame.columns})
    np.testing.assert_allclose(found, parse("x", sql).of(frame).to_numpy(), rtol=1e-14)


@pytest.mark.parametrize(
    "sql",
    [
        "a || b",
        "length(a)",
        "'a'",
        "a > 1",
        "a ** 2",
        "CASE WHEN a > 1 THEN 1 END",
        "coalesce(a, 1)",
        "a % 2",
        "a / ?",
        "true",
    ],
)
def test_what_is_no_arithmetic_is_left_to_polars(sql: str) -> None:
    assert formula(sql, ["a", "b"]) is None
