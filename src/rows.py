"""Rows to predict, from the command line or a file, and predictions back to a file."""

import io
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from src import atomic
from src.data.features import Features
from src.data.source import read_table
from src.errors import ConfigError


def from_text(text: str, features: Features) -> pl.DataFrame:
    """One row, as a list of the features in order or a mapping from column to value; YAML, so JSON too."""
    names = [*features.input.numeric, *features.input.categorical]
    try:
        value: Any = yaml.safe_load(text)
    except yaml.YAMLError:
        raise ConfigError(f"row={text}: required: a list like [37.3, 16.8], or {{column: value}}, in quotes") from None
    if isinstance(value, list):
        if len(value) != len(names):
            raise ConfigError(f"row={text} has {len(value)} values; required: {len(names)}, namely {', '.join(names)}")
        value = dict(zip(names, value, strict=True))
    if not isinstance(value, dict):
        raise ConfigError(f"row={text}: required: a list like [37.3, 16.8], or {{column: value}}")
    if unknown := [str(name) for name in value if name not in {*names, *features.raw_columns}]:
        raise ConfigError(
            f"row={text}: the model has no column {', '.join(unknown)}; it takes {', '.join(features.raw_columns)}"
            f" or {', '.join(names)}"
        )
    # a column not given is a missing cell, in whichever form (raw or derived) the others came
    columns = names if all(name in names for name in value) else list(features.raw_columns)
    return pl.DataFrame({name: [value.get(name)] for name in {**dict.fromkeys(columns), **value}}, strict=False)


def read(path: str, features: Features) -> pl.DataFrame:
    """CSV or Parquet, with the markers for missing cells that the model was trained with."""
    return read_table(Path(path), features.columns.markers)


def check_output(path: str) -> None:
    """Raises ConfigError for another extension than .csv or .parquet, or a folder that does not exist."""
    if Path(path).suffix.lower() not in (".csv", ".parquet"):
        raise ConfigError(f"output={path}: {Path(path).suffix or 'no extension'}; required: .csv or .parquet")
    if not Path(path).parent.is_dir():
        raise ConfigError(f"output={path}: the folder {Path(path).parent} does not exist; make it first")


def write(predictions: pl.DataFrame, path: str) -> None:
    """CSV or Parquet, by extension; the file is replaced as a whole. Raises MachineError if the disk refuses."""
    buffer = io.BytesIO()
    if Path(path).suffix.lower() == ".csv":
        predictions.write_csv(buffer)
    else:
        predictions.write_parquet(buffer)
    atomic.write_bytes(Path(path), buffer.getvalue())
