"""Rows to predict, from the command line or a file, and predictions back to a file."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import polars as pl
import yaml

from src import atomic
from src.config.composed import composed
from src.config.path import check, is_database
from src.config.source import Csv, Format, format_of
from src.data.expressions import needed
from src.data.features import Features
from src.data.files import located
from src.data.source import Source
from src.data.sql.answer import answer
from src.errors import ConfigError
from src.machine import ROOT

SEPARATOR = "|"
"""Between the names of a list, where it has to be one text."""

Cell = str | bool | None

_WORDS: dict[str, Cell] = {"null": None, "~": None, "": None, "true": True, "false": False}


def from_text(text: str, features: Features) -> pl.DataFrame:
    """One row, as a list of the features in order or a mapping from column to value; YAML, so JSON too.

    The values are cells as in a CSV file (`no` and 2024-01-01 are texts), `null` and what is not given are missing.
    """
    names = features.columns.names
    value = composed(_cells(text))
    if isinstance(value, list):
        if len(value) != len(names):
            raise ConfigError(f"row={text} has {len(value)} values; required: {len(names)}, namely {', '.join(names)}")
        return pl.DataFrame({name: [cell] for name, cell in zip(names, value, strict=True)})
    if unknown := [name for name in value if name not in {*names, *features.raw_columns}]:
        raise ConfigError(
            f"row={text}: the model has no column {', '.join(unknown)}; it takes {', '.join(features.raw_columns)}"
            f" or {', '.join(names)}"
        )
    # a column not given is a missing cell, in whichever form (raw or derived) the others came
    columns = names if all(name in names for name in value) else list(features.raw_columns)
    derive = features.columns.derive
    for name in value:
        if name in derive and set(roots := needed([name], derive)[1]) <= set(columns):
            raise ConfigError(f"row={text}: {name} is calculated; give {', '.join(roots)} in its place")
    return pl.DataFrame({name: [value.get(name)] for name in {**dict.fromkeys(columns), **value}})


def _cells(text: str) -> list[Cell] | dict[str, Cell]:
    required = ConfigError(f"row={text}: required: a list like [37.3, 16.8], or {{column: value}}, in quotes")
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError):
        raise required from None
    match node:
        case yaml.SequenceNode():
            return [_cell(each, text) for each in node.value]
        case yaml.MappingNode() if all(isinstance(key, yaml.ScalarNode) for key, _ in node.value):
            cells = {str(key.value): _cell(each, text) for key, each in node.value}
            if len(cells) < len(node.value):
                raise ConfigError(f"row={text}: a column is given twice")
            return cells
    raise required


def _cell(node: yaml.Node, text: str) -> Cell:
    if not isinstance(node, yaml.ScalarNode):
        raise ConfigError(f"row={text}: a list or mapping among the values; required: one text or number per column")
    plain = node.style is None  # not in quotes
    return _WORDS.get(node.value.lower(), str(node.value)) if plain else str(node.value)


def read(
    path: str, features: Features, dataset: Mapping[str, Any], query: str | None = None, sheet: str | None = None
) -> pl.DataFrame:
    """The table, with the markers for missing cells that the model was trained with, and written as its table was.

    `dataset`: that section of the training's configuration. Its format holds for extensions that say nothing, its
    query and its sheet where none is given.
    """
    try:
        check(path, query := query or (dataset.get("query") if is_database(path) else None))
    except ValueError as error:  # which may be about a password in the path
        raise ConfigError(str(error).replace("path:", "input:")) from None
    if query is not None:
        return Source((answer(path, query, ROOT),)).read(features.columns.markers)
    files = located(path, ROOT)
    kinds = {format_of(file.name) for file in files}
    kind: Format | Literal["auto"] = dataset.get("format", "auto") if None in kinds else "auto"
    if "excel" in {kind, *kinds}:
        return Source(files, Csv(), kind, sheet or dataset.get("sheet")).read(features.columns.markers)
    if sheet is not None:
        raise ConfigError(f"sheet={sheet}: has an effect on Excel workbooks only, not on {path}")
    return Source(files, Csv.model_validate(dataset.get("csv", {})), kind).read(features.columns.markers)


def check_output(path: str) -> None:
    """Raises ConfigError for another extension than .csv or .parquet, or a folder that does not exist."""
    if Path(path).suffix.lower() not in (".csv", ".parquet"):
        raise ConfigError(f"output={path}: {Path(path).suffix or 'no extension'}; required: .csv or .parquet")
    if not Path(path).parent.is_dir():
        raise ConfigError(f"output={path}: the folder {Path(path).parent} does not exist; make it first")


def write(predictions: pl.DataFrame, path: str) -> None:
    """CSV or Parquet, by extension; the file is replaced as a whole. Lists (sets of classes) become one text in CSV.
    Raises MachineError if the disk refuses."""
    buffer = io.BytesIO()
    if Path(path).suffix.lower() == ".csv":
        lists = [name for name, kind in predictions.schema.items() if kind == pl.List]
        predictions.with_columns(pl.col(lists).list.join(SEPARATOR)).write_csv(buffer)
    else:
        predictions.write_parquet(buffer)
    atomic.write_bytes(Path(path), buffer.getvalue())
