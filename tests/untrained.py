"""Models that nobody trained: as good as others where only what is around the network matters."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch

from src.bundle import Bundle
from src.config.dataset import Dataset
from src.config.mlp import Mlp
from src.config.section import Section
from src.data.prepare import prepare
from src.inference import Predictor
from src.models.build import build
from src.models.ensemble import Ensemble

SMALL = Mlp(hidden=[9])


def table(n: int, seed: int = 0) -> pl.DataFrame:
    """Two columns of numbers, one with missing cells, codes that are numbers, colours, and targets of each kind."""
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "mass": pl.Series(rng.uniform(10, 30, n).round(2)).scatter([0], None),
            "length": rng.uniform(1, 5, n).round(2),
            "code": [1, 2, 3] * (n // 3) + [1] * (n % 3),
            "colour": ["red", "blue"] * (n // 2) + ["red"] * (n % 2),
            "kind": rng.choice(["adelie", "gentoo"], n),
            "price": rng.uniform(0, 100, n).round(1),
            "cost": rng.uniform(0, 1, n).round(3),
            "wet": rng.integers(0, 2, n),
            "windy": rng.integers(0, 2, n),
        }
    )


def predictor(
    folder: Path, target: str | list[str] = "kind", members: int = 1, model: Section = SMALL, tenth: str = "mass / 10"
) -> Predictor:
    """Of `tenth`, length, code and colour; large random weights, so that answers differ."""
    table(60).write_csv(folder / "train.csv")
    columns = {"numeric": ["tenth", "length"], "categorical": ["code", "colour"]}
    keys: dict[str, Any] = {"name": "t", "path": "train.csv", "target": target, "columns": columns}
    derive = {"derive": {"tenth": tenth}, "missing": {"indicator": True}}
    features = prepare(Dataset.model_validate(keys | derive), folder).features
    torch.manual_seed(0)
    section = model.model_dump()
    networks = [build(section, features.input, features.output.d_out) for _ in range(members)]
    for parameter in (each for network in networks for each in network.parameters()):
        parameter.data *= 3
    network = networks[0] if members == 1 else Ensemble(networks)
    raw = table(60).select([*features.raw_columns]).head(2).to_dicts()
    return Predictor(Bundle(network.eval(), features, {"example": raw, "config": {"dataset": {}}}))
