"""The raw test rows of a run, and what should be predicted of them."""

from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import torch
from torch import Tensor

from src.config.dataset import Dataset
from src.data.features import Features
from src.data.origin import sha256
from src.data.source import Source
from src.errors import RookeryError
from src.machine import ROOT
from src.spec import OutputSpec
from src.task import Task

_MOST = 100_000
"""Rows that a loss of accuracy is measured on."""


class MeasuredRows(NamedTuple):
    """`y` and `weight` as `src.metrics.evaluate` takes them."""

    rows: pl.DataFrame
    y: Tensor
    weight: Tensor | None


def rows_of(bundle: Path, features: Features, facts: dict[str, Any]) -> MeasuredRows | None:
    """None if the bundle lies in no run that was evaluated, or the data of the run is not here any more."""
    predictions = bundle.parent / "predictions.parquet"
    if not predictions.is_file():
        return None
    dataset = Dataset.model_validate(facts["config"]["dataset"])
    answers = pl.read_parquet(predictions).head(_MOST)
    try:
        source = Source.of(dataset, ROOT)
        if sha256(source.files) != facts["data"]["sha256"]:
            return None
        table = source.table(dataset.missing.markers)
    except (RookeryError, OSError):
        return None
    rows = table.select(list(features.raw_columns))[answers["row"] - 1]
    weight = torch.tensor(answers["weight"].to_numpy()) if "weight" in answers.columns else None
    return MeasuredRows(rows, _truth(answers, features.output), weight)


def _truth(answers: pl.DataFrame, output: OutputSpec) -> Tensor:
    columns = [answers[name] for name in output.columns("truth")]
    if output.task.has_classes:
        return torch.tensor([output.classes.index(each) for each in columns[0]])
    values = torch.stack([torch.tensor(each.to_numpy()) for each in columns], 1)
    return values if output.task is Task.MULTILABEL or len(columns) > 1 else values[:, 0]
