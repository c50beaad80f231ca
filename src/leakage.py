"""The poison test: garbage in the validation and test rows must not change anything that is learned."""

import io
import json
import tempfile
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import polars as pl
import safetensors.torch
import torch

from src import checkpoint
from src.config.config import Config
from src.config.dates import ISO
from src.config.prediction import Prediction
from src.config.scheduler import NoScheduler
from src.data.encoders.ordered import Ordered
from src.data.expressions import needed, parse, parse_all
from src.data.features import Features
from src.data.prepare import from_table, read
from src.data.prepared import Prepared
from src.data.table import HeldTable
from src.errors import DataError
from src.fit import fit
from src.machine import ROOT
from src.mirror import Mirror
from src.signals import StopFlag

EPOCHS = 3


def poison_test(config: Config) -> str:
    """Prepares and trains twice for 3 epochs, the second time with other cells in the features of the validation and
    test rows; the target stays, and the columns that rows are chosen or split by. One sentence on the result.

    Early stopping is off and no scheduler looks at the validation loss: they may depend on validation rows, the weights
    of an epoch may not. Raises DataError if anything that was fitted, or a single bit of the weights, differs.
    """
    table, source = read(config.dataset, ROOT)
    clean = from_table(config.dataset, table, source, ROOT)
    unseen = torch.cat([clean.parts["validation"].row, clean.parts["test"].row]).tolist()
    frame = table.select(table.columns)
    kept = _kept_columns(config, frame)
    spoiled = _poisoned(frame, unseen, kept, clean.features)
    other = from_table(config.dataset, HeldTable(spoiled), source, ROOT)
    if all(_same(clean, other, part, "x_num", "x_cat") for part in ("validation", "test")):
        raise DataError("leakage: no feature can be spoiled, so nothing can be tested")
    wrong = []
    if json.dumps(clean.features.to_dict()) != json.dumps(other.features.to_dict()):
        wrong.append("what is fitted on the data (columns, scales, medians, categories)")
    if not _same(clean, other, "train", "x_num", "x_cat", "y", "row"):
        wrong.append("the train rows")
    if _weights(config, clean) != _weights(config, other):
        wrong.append("the trained weights")
    if wrong:
        raise DataError(f"leakage: the validation and test rows change {', '.join(wrong)}")
    return (
        f"none: garbage in the features of {len(unseen)} validation and test rows changes no byte of what is "
        f"fitted, nor of the weights after {EPOCHS} epochs"
    )


def _kept_columns(config: Config, table: pl.DataFrame) -> set[str]:
    """Targets, weight, columns of `where` and of the split, and what they are calculated from; also what derived
    columns are that a row must have a value in."""
    dataset, derive = config.dataset, parse_all(config.dataset.derive)
    where = parse("where", dataset.where).inputs if dataset.where else ()
    required = [name for name in dataset.missing.dropped if name in derive]
    calculated, raw = needed([*where, *dataset.beside, *required], derive)
    return {*calculated, *raw} & {*table.columns}


def _poisoned(table: pl.DataFrame, rows: list[int], kept: set[str], features: Features) -> pl.DataFrame:
    """Cells of the same types in `rows` (1-based) of all columns that are not kept. A row without a cell that it must
    have would be left out, so such cells are filled."""
    chosen = pl.int_range(1, pl.len() + 1).is_in(rows)
    cells = {name: _garbage(table[name], features) for name in table.columns if name not in kept}
    cells |= {name: cells[name].fill_null(pl.col(name)) for name in features.columns.required if name in cells}
    return table.with_columns(
        pl.when(chosen).then(cell).otherwise(pl.col(name)).alias(name) for name, cell in cells.items()
    )


def _garbage(column: pl.Series, features: Features) -> pl.Expr:
    """Positive numbers, so that a logarithm or quotient of them is one; dates of long ago; other places in an order;
    words never seen."""
    place = pl.int_range(pl.len())
    if (form := features.columns.datetime.get(column.name)) is not None:
        moment = pl.datetime(1903, 1, 1) + pl.duration(hours=1001 * (place % 1009))
        return moment.dt.strftime("%Y-%m-%d %H:%M:%S" if form == ISO else form).cast(column.dtype)
    if column.name in features.columns.ordered:
        encoder = features[column.name]
        assert isinstance(encoder, Ordered)
        values = dict(enumerate(encoder.values))
        return (place % len(values)).replace_strict(values, return_dtype=pl.String).cast(column.dtype)
    if column.dtype.is_numeric():
        return (1 + place * 1_000_003 % 9973).cast(column.dtype, strict=False)
    if column.dtype == pl.Boolean:
        return place % 3 == 0
    if column.dtype == pl.String and not column.str.contains(r"^\d").any():
        return pl.concat_str(pl.lit("garbage "), place)
    return pl.col(column.name).reverse()


def _same(one: Prepared, other: Prepared, part: str, *keys: str) -> bool:
    pairs = [(getattr(one.parts[part], key), getattr(other.parts[part], key)) for key in keys]
    return all(torch.equal(a.nan_to_num(nan=-1e30), b.nan_to_num(nan=-1e30)) for a, b in pairs)


def _weights(config: Config, prepared: Prepared) -> bytes:
    """After 3 epochs."""
    always_the_same = {"max_epochs": EPOCHS, "max_seconds": None, "early_stopping": None}
    trainer = config.trainer.model_copy(update=always_the_same | {"devices": "auto", "strategy": "auto"})
    model = config.model.model_copy(update={"ensemble": 1})  # the others would learn in the same way
    tracking = config.tracking.model_copy(update={"enabled": False})
    nothing_fitted = Prediction()  # on validation rows, of which one of the trainings has garbage
    sections = {"model": model, "trainer": trainer, "tracking": tracking, "prediction": nothing_fitted}
    short = config.model_copy(update=sections)
    if config.scheduler.name == "plateau":
        short = short.model_copy(update={"scheduler": NoScheduler()})
    with tempfile.TemporaryDirectory() as folder, StopFlag() as stop, redirect_stdout(io.StringIO()):
        run = Path(folder) / "run"
        fit(short, prepared, run, stop, Mirror(tracking))
        weights: dict[str, Any] = checkpoint.read(run / "checkpoints" / "last.ckpt")["weights"]
        return safetensors.torch.save(weights)
