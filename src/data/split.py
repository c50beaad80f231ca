"""Row to train, validation or test: a function of the settings, the split's columns and the target, nothing else."""

import numpy as np
import polars as pl

from src.config.split import Split
from src.data.rows import Rows
from src.data.splits.files import of_files
from src.data.splits.groups import Groups
from src.data.splits.keys import Keys
from src.data.splits.kind import Index, Kind, Stream, ascending, everything
from src.data.splits.named import named
from src.data.splits.strata import Strata
from src.data.splits.times import Times
from src.data.target import Target
from src.task import Task

PARTS = ("train", "validation", "test")


def split(config: Split, columns: pl.DataFrame, target: Target, rows: Rows) -> dict[str, Index]:
    """Indices (0-based, ascending) of the rows of each part, none empty.

    Every row is in exactly one part; but a fold of time leaves out the rows that are newer than its test part.
    `columns`: those of `config.columns`. Raises DataError if the rows do not suffice or the columns do not fit,
    ConfigError if no fold is chosen.
    """
    if config.by == "column":
        pieces = named(columns.to_series(), rows)
    elif config.by == "files":
        assert rows.source is not None, "a table that is split comes from files"
        share = config.validation / (config.train + config.validation)
        counts = rows.source.rows_of_parts()
        pieces = of_files(rows, counts, _strata(config, target, rows), share, (config.seed,))
    else:
        pieces = _pieces(config, _kind(config, columns, target, rows), everything(rows.height))
    return {name: ascending(piece, rows.height) for name, piece in zip(PARTS, pieces, strict=True)}


def _kind(config: Split, columns: pl.DataFrame, target: Target, rows: Rows) -> Kind:
    match config.by:
        case "group":
            return Groups.of(columns.to_series(), rows)
        case "time":
            return Times.of(columns.to_series(), rows)
        case "stratified":
            return _strata(config, target, rows)
    return Keys.of(columns.get_columns(), rows) if config.key else Strata.single(rows)


def _strata(config: Split, target: Target, rows: Rows) -> Strata:
    match target.task:
        case Task.REGRESSION:
            return Strata.of_numbers(target.y.astype(np.float64, copy=False), rows, config.seed)
        case Task.MULTILABEL:
            return Strata.of_labels(target.y.astype(np.int64, copy=False), rows)
    return Strata(target.y.astype(np.min_scalar_type(len(target.classes))), rows, target.classes)


def _pieces(config: Split, kind: Kind, everything: Index) -> list[Index]:
    if config.folds is None:
        return kind.cut(everything, (config.train, config.validation, config.test), (config.seed,))
    config.refuse_several()
    assert config.fold is not None
    repeat, number = divmod(config.fold, config.folds)
    stream: Stream = (config.seed, 1 + repeat)
    rest, test = kind.fold(everything, config.folds, number, stream)
    learning = config.train + config.validation
    fractions = (config.train / learning, config.validation / learning)
    return [*kind.cut(rest, fractions, (*stream, 1 + number)), test]
