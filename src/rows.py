"""Which rows to predict, and where the predictions go, as the command line says."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import polars as pl
import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from src.config.composed import composed
from src.config.path import check, is_database
from src.config.source import Csv, Format, format_of
from src.config.suggest import nearest
from src.data.expressions import needed
from src.data.features import Features
from src.data.files import located
from src.data.source import Source
from src.data.sql.answer import answer
from src.data.table_writer import WRITERS
from src.errors import ConfigError
from src.machine import ROOT

Cell = str | bool | None

_WORDS: dict[str, Cell] = {"null": None, "~": None, "": None, "true": True, "false": False}


def from_text(text: str, features: Features) -> pl.DataFrame:
    """One row, as a list of the features in order or a mapping from column to value; YAML, so JSON too.

    The values are cells as in a CSV file (`no` and 2024-01-01 are texts), `null` and what is not given are missing.
    """
    names = features.columns.names
    value = cells(text, "row")
    if isinstance(value, list):
        if len(value) != len(names):
            raise ConfigError(f"row={text} has {len(value)} values; required: {len(names)}, namely {', '.join(names)}")
        return pl.DataFrame({name: [cell] for name, cell in zip(names, value, strict=True)})
    if unknown := [name for name in value if name not in {*names, *features.raw_columns}]:
        derived = f" or {', '.join(names)}" if features.columns.derive else ""
        near = {name: nearest(name, [*names, *features.raw_columns]) for name in unknown}
        told = [f"{name} (did you mean {other}?)" if other else name for name, other in near.items()]
        raise ConfigError(
            f"row={text}: the model has no column {', '.join(told)}; it takes {', '.join(features.raw_columns)}"
            f"{derived}"
        )
    # a column not given is a missing cell, in whichever form (raw or derived) the others came
    columns = names if all(name in names for name in value) else list(features.raw_columns)
    derive = features.columns.derive
    for name in value:
        if name in derive and set(roots := needed([name], derive)[1]) <= set(columns):
            raise ConfigError(f"row={text}: {name} is calculated; give {', '.join(roots)} in its place")
    return pl.DataFrame({name: [value.get(name)] for name in {**dict.fromkeys(columns), **value}})


def cells(text: str, option: str) -> list[Cell] | dict[str, Cell]:
    """What `option` of the command line lists, or gives for columns. Raises ConfigError for anything else."""
    return composed(_cells(text, option))  # type: ignore[no-any-return]


def _cells(text: str, option: str) -> list[Cell] | dict[str, Cell]:
    required = ConfigError(f"{option}={text}: required: a list like [37.3, 16.8], or {{column: value}}, in quotes")
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError):
        raise required from None
    match node:
        case yaml.SequenceNode():
            return [_cell(each, text, option) for each in node.value]
        case yaml.MappingNode() if all(isinstance(key, yaml.ScalarNode) for key, _ in node.value):
            cells = {str(key.value): _cell(each, text, option) for key, each in node.value}
            if len(cells) < len(node.value):
                raise ConfigError(f"{option}={text}: a column is given twice")
            return cells
    raise required


def _cell(node: yaml.Node, text: str, option: str) -> Cell:
    if not isinstance(node, yaml.ScalarNode):
        wrong = "a list or mapping among the values"
        raise ConfigError(f"{option}={text}: {wrong}; required: one text or number per column")
    plain = node.style is None  # not in quotes
    return _WORDS.get(node.value.lower(), str(node.value)) if plain else str(node.value)


def source(
    path: str,
    dataset: Mapping[str, Any],
    query: str | None = None,
    sheet: str | None = None,
    csv: Mapping[str, str] | None = None,
) -> Source:
    """The files, with the rows of the query as one, written as the table of the training was.

    `dataset`: that section of the training's configuration. Its format holds for extensions that say nothing, its
    query and its sheet where none is given; so do keys of its section csv but for those in `csv`, texts of the command
    line. Raises ConfigError for options that are wrong or would have no effect, DataError if there are no such files.
    """
    try:
        check(path, query := query or (dataset.get("query") if is_database(path) else None))
    except ValueError as error:  # which may be about a password in the path
        raise ConfigError(str(error).replace("path:", "input:")) from None
    csv = csv or {}
    if query is not None:
        _check_effect(csv, set(), path)
        return Source((answer(path, query, ROOT),))
    files = located(path, ROOT)
    kinds = {format_of(file.name) for file in files}
    kind: Format | Literal["auto"] = dataset.get("format", "auto") if None in kinds else "auto"
    _check_effect(csv, {kind if each is None else each for each in kinds}, path)
    if "excel" in {kind, *kinds}:
        return Source(files, Csv(), kind, sheet or dataset.get("sheet"))
    if sheet is not None:
        raise ConfigError(f"sheet={sheet}: has an effect on Excel workbooks only, not on {path}")
    return Source(files, _csv(dataset.get("csv", {}), csv), kind)


def _check_effect(csv: Mapping[str, str], kinds: set[str], path: str) -> None:
    if csv and not (kinds and kinds <= {"csv", "tsv"}):
        raise ConfigError(f"dataset.csv.{min(csv)}: has an effect on CSV and TSV files only, not on {path}")


def _csv(section: Mapping[str, Any], given: Mapping[str, str]) -> Csv:
    """`section` of the training, with the `given` keys."""
    values = {key: _WORDS.get(text, text) for key, text in given.items()}
    try:
        return Csv.model_validate({**section, **values}, strict=not values)  # texts of the command line become numbers
    except ValidationError as error:
        raise ConfigError(*(_mistake(each, given) for each in error.errors())) from None


def _mistake(error: ErrorDetails, given: Mapping[str, str]) -> str:
    """Of a key by itself, or of two that do not go together."""
    if not error["loc"]:
        return f"dataset.csv.{error['ctx']['error']}"
    key = str(error["loc"][0])
    return f"dataset.csv.{key}={given[key]}: {error['msg']}"


def check_output(path: str) -> None:
    """Raises ConfigError for an extension that says nothing, or a folder that does not exist."""
    if Path(path).suffix.lower() not in WRITERS:
        raise ConfigError(f"output={path}: {Path(path).suffix or 'no extension'}; required: {', '.join(WRITERS)}")
    if not Path(path).parent.is_dir():
        raise ConfigError(f"output={path}: the folder {Path(path).parent} does not exist; make it first")


def check_apart(output: str, rows: Source) -> None:
    """Raises ConfigError if the predictions would be written over the rows that they are made from."""
    if Path(output).exists() and any(file.exists() and file.samefile(output) for file in rows.files):
        raise ConfigError(f"output={output}: is the input, which would be written over; choose another file")


def names(text: str, key: str) -> list[str]:
    """`[id, name]`, or a single one without brackets. Raises ConfigError for what is no list of names."""
    required = ConfigError(f"{key}={text}: required: columns of the input, like {key}=[id,name]")
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError):
        raise required from None
    nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
    found = [composed(each.value) for each in nodes if isinstance(each, yaml.ScalarNode)]
    if len(found) < len(nodes) or len(found) > len({*found}) or not found or not all(found):
        raise required
    return found
