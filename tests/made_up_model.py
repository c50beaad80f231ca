"""Bundles of networks that were not trained, of a table with every kind of column."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch

from src import bundle
from src.config.dataset import Dataset
from src.data.features import Features
from src.data.prepare import prepare
from src.data.prepared import Prepared
from src.models.build import build
from src.models.ensemble import state_of
from src.outputs import with_head

COLUMNS = {
    "numeric": ["mass (g)", "ratio"],
    "categorical": ["colour", "code", "flag"],
    "ordered": {"size": ["s", "m", "l"]},
    "datetime": ["when"],
}
DERIVE = {"ratio": '"mass (g)" / (height + 1) - abs(height)'}


def table(rows: int = 120) -> pl.DataFrame:
    """Unicode, numbers as categories, codes with zeros in front, yes/no, dates, missing cells of each kind."""
    rng = np.random.default_rng(0)

    def some(values: list[Any]) -> list[Any]:
        return [values[place] for place in rng.integers(len(values), size=rows)]

    mass, height = rng.normal(50, 9, rows).round(2), rng.lognormal(size=rows)
    return pl.DataFrame(
        {
            "mass (g)": [None if place % 9 == 0 else float(value) for place, value in enumerate(mass)],
            "height": height,
            "colour": some(["rot", "grün", "007", "1.50", "北", None]),
            "code": some([1, 2, 3, 10, -999]),
            "flag": some([True, False]),
            "size": some(["s", "m", "l", None]),
            "when": some(["2023-01-05 10:00", "2024-02-29", "2020-12-31 23:59:59", None, "2021-06-01T00:30"]),
            "kind": some(["u", "v", "w"]),
            "sick": some(["no", "yes"]),
            "price": mass * 3 + 100,
            "cost": height,
            "count": rng.poisson(3, rows),
            "one": some([0, 1]),
            "two": some([0, 1]),
        }
    )


def prepared_table(folder: Path, target: str | list[str], **dataset: Any) -> Prepared:
    """Of `table`, in a Parquet file."""
    table().write_parquet(folder / "t.parquet")
    missing = {"markers": ["NA", "-999"], "indicator": True}
    section = {"name": "t", "path": "t.parquet", "target": target, "columns": COLUMNS, "derive": DERIVE}
    return prepare(Dataset.model_validate(section | {"missing": missing} | dataset), folder)


def write_bundle(
    folder: Path, prepared: Prepared, model: Mapping[str, Any], loss: Mapping[str, Any] | None = None
) -> Features:
    """Into `folder`; the weights are drawn at random, those that start at 0 too."""
    output = with_head(prepared.features.output, dict(loss)) if loss else prepared.features.output
    features, part = replace(prepared.features, output=output), prepared.parts["train"]
    torch.manual_seed(0)
    members = []
    for _ in range(model.get("ensemble", 1)):
        network = build(dict(model), features.input, output.d_out, output.parallel)
        if network.learns_from_rows:
            network.fit(part.x_num, part.x_cat, torch.randn(len(part), 1))
        with torch.no_grad():
            for weight in network.parameters():
                weight.add_(torch.randn_like(weight), alpha=0.1)
        members.append(dict(network.state_dict()))
    facts = {name: prepared.facts[name] for name in ("example", "test_rows")}
    about = {"run": "0" * 32, "config_hash": "0" * 16, "data": {"sha256": prepared.facts["sha256"]}}
    bundle.write(folder, state_of(members), features, dict(model), facts | about)
    return features
