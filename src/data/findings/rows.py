"""Rows and groups of rows that are in more than one part, classes with too few."""

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from src.data.findings.view import Finding, Severity, View
from src.data.inspection import says_id
from src.data.names import shortened
from src.data.split import PARTS
from src.data.table import Table

_GRAVE_SHARE = 0.5  # of the test rows
_LEAST_TRAIN_ROWS = 10
_SHOWN = 5  # classes


def rows_in_several_parts(view: View) -> Iterator[Finding]:
    """Warning: validation or test rows with the same inputs and target as a train row; grave: half of the test rows."""
    columns = [*view.numeric.values(), *(codes.astype(np.float64) for codes in view.categorical.values())]
    columns += view.targets.values()
    keys = pl.DataFrame({str(number): values for number, values in enumerate(columns)}).hash_rows(seed=0).to_numpy()
    train = keys[view.part == 0]
    for number in (1, 2):
        same = np.isin(keys[view.part == number], train)
        if not same.any():
            continue
        rows = view.row[view.part == number][same]
        severity: Severity = "grave" if number == 2 and same.mean() >= _GRAVE_SHARE else "warning"
        yield Finding(
            severity,
            f"{len(rows)} of {len(same)} {PARTS[number]} rows ({same.mean():.1%}) are copies of train rows, for "
            f"instance row {rows[0]}; the {PARTS[number]} metrics are too good by what is learned by heart",
        )


def groups_in_several_parts(view: View, table: Table, of_split: Sequence[str]) -> Iterator[Finding]:
    """Warning: a column whose name says id, each value in 2 rows or more on average, has values that are both in train
    and in test; not if the split goes by it (`of_split`). `table`: as it was read."""
    part = pl.DataFrame({"index": view.row - 1, "part": view.part})
    for name in (name for name in table.columns if says_id(name) and name not in of_split):
        groups = part.with_columns(table[name].gather(part["index"]).alias("group")).drop_nulls("group")
        distinct = groups["group"].n_unique()
        if not distinct or len(groups) < 2 * distinct:
            continue
        train, test = (set(groups.filter(pl.col("part") == number)["group"].unique()) for number in (0, 2))
        if both := len(train & test):
            yield Finding(
                "warning",
                f"{both} of {len(test)} values of {name!r} in the test rows are in the train rows too; if rows of one "
                f"{name} are alike, keep them together: dataset.split.by=group",
            )


def small_classes(view: View) -> Iterator[Finding]:
    """Warning: classes with fewer than 10 train rows, or with none in the validation or test rows."""
    small = []
    for name, of_class in view.members():
        counts = [int(of_class[view.part == number].sum()) for number in range(len(PARTS))]
        if counts[0] < _LEAST_TRAIN_ROWS or 0 in counts:
            rows = ", ".join(f"{part} {count}" for part, count in zip(PARTS, counts, strict=True))
            small.append(f"{shortened(name)!r} ({rows})")
    if small:
        more = f" and {len(small) - _SHOWN} more" if len(small) > _SHOWN else ""
        text = f"classes with few rows: {', '.join(small[:_SHOWN])}{more}; what is measured on them says little"
        yield Finding("warning", text)
