"""Whole runs on dates, ordered values and many categories."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from src.config.config import Config
from src.inference import Predictor
from src.leakage import poison_test
from tests.short_run import config_of, dataset_of, run_in

N = 600
RECIPE = ("dataset=own", "trainer.max_epochs=30", "optimizer.lr=0.03", "tracking=none")


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    """`open` at daytime and, on Saturday and Sunday, later; `price` by size, shop and how long the visit took."""
    random = np.random.default_rng(0)
    came = [datetime(2024, 1, 1) + timedelta(minutes=int(each)) for each in random.integers(0, 60 * 24 * 90, N)]
    minutes = random.integers(5, 300, N)
    left = [moment + timedelta(minutes=int(each)) for moment, each in zip(came, minutes, strict=True)]
    size, shop = random.integers(0, 3, N), random.integers(0, 12, N)
    late = np.array([moment.weekday() > 4 for moment in came])
    hours = np.array([moment.hour for moment in came])
    return pl.DataFrame(
        {
            "came": [moment.strftime("%d.%m.%Y %H:%M") if row % 50 else "NA" for row, moment in enumerate(came)],
            "went": [str(moment) for moment in left],
            "arrived": [moment.isoformat() for moment in came],
            "size": [["small", "medium", "NA"][each] if row % 60 else "" for row, each in enumerate(size)],
            "shop": [f"shop {each}" for each in shop],
            "open": np.where((hours >= 8 + 3 * late) & (hours < 20), "yes", "no"),
            "price": 10.0 * size + shop + minutes / 10,
        }
    )


def config(folder: Path, table: pl.DataFrame, **dataset: Any) -> Path:
    return dataset_of(folder, table.write_csv(), dataset)


OPEN = {"target": "open", "columns": {"datetime": {"came": "%d.%m.%Y %H:%M"}}, "missing": {"markers": ["NA"]}}
PRICE = {
    "target": "price",
    "columns": {
        "numeric": ["minutes"],
        "ordered": {"size": ["small", "medium", "NA"]},
        "categorical": ["shop"],
        "datetime": ["arrived"],
    },
    "derive": {"minutes": "(epoch(went) - epoch(arrived)) / 60"},
    "missing": {"columns": {"size": "drop"}, "indicator": True},
    "categories": {"max_values": 11},
}


def test_the_hours_of_a_shop_are_learned_from_dates_alone(tmp_path: Path, table: pl.DataFrame) -> None:
    conf = config(tmp_path, table, **OPEN)
    metrics = run_in(tmp_path / "run", *RECIPE, config_dir=conf)
    assert metrics["test"]["accuracy"] > 0.85
    predictor = Predictor.load(tmp_path / "run" / "bundle")
    rows = pl.DataFrame({"came": ["09.04.2024 12:00", "10.04.2024 03:00", "NA", "01.01.1970 00:00"]})
    predictions, notes = predictor.predict_with_notes(rows)
    assert predictions["prediction"].to_list()[:2] == ["yes", "no"]
    assert notes == ["note: came lies far outside the train rows (2024-01-01 to 2024-03-30) in 1 row(s)"]
    one_by_one = [predictor.predict(rows[place]) for place in range(4)]
    np.testing.assert_allclose(pl.concat(one_by_one)["probability_yes"], predictions["probability_yes"], rtol=1e-6)


def test_places_categories_and_the_time_between_dates_are_learned(tmp_path: Path, table: pl.DataFrame) -> None:
    conf = config(tmp_path, table, **PRICE)
    assert run_in(tmp_path / "run", *RECIPE, "model.one_hot_max=5", config_dir=conf)["test"]["r2"] > 0.9
    predictor = Predictor.load(tmp_path / "run" / "bundle")
    log = (tmp_path / "run" / "log.txt").read_text()
    assert "600 rows, 590 used; left out: 10 without size" in log
    assert "ordered     1: size\ndatetime    1: arrived\ncategorical 1: shop\nmerged      1 rare value of shop\n" in log
    card = (tmp_path / "run" / "bundle" / "README.md").read_text()
    assert "- `size` (one of small, medium, NA)" in card
    assert "- `went` (text)" in card
    assert "- `arrived` (date like 2024-05-31 13:45)" in card
    row = {"arrived": "2024-02-01T10:00", "went": "2024-02-01T12:00", "size": "NA", "shop": "shop 7"}
    assert predictor.predict(pl.DataFrame([row]))["prediction"][0] == pytest.approx(20 + 7 + 12, abs=4)


@pytest.mark.parametrize("dataset", [OPEN, PRICE, {"target": "price", "columns": {"auto": True}}])
def test_the_poison_test_spoils_every_kind_of_column(
    tmp_path: Path, table: pl.DataFrame, dataset: dict[str, Any]
) -> None:
    chosen: Config = config_of("dataset=own", config_dir=config(tmp_path, table, **dataset))
    assert poison_test(chosen).startswith("none: garbage in the features of")
