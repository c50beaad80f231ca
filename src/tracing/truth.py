"""What a row is really, from the command line."""

import polars as pl
import torch
from torch import Tensor

from src.config.composed import composed
from src.data.kinds import numbers, texts
from src.data.labels import labels
from src.data.names import listed
from src.data.rows import Rows
from src.errors import ConfigError
from src.rows import Cell, cells
from src.spec import OutputSpec
from src.task import Task


def truth(text: str, output: OutputSpec) -> Tensor:
    """`text`: a class, a number, or for several targets a list in their order or a mapping, as in row=.

    Class index int64 [1], label 0 or 1 int64 [1, labels], or value float64 [1] or [1, targets]. Raises ConfigError if
    there is no such class or a target is missing, DataError for a number or a label that is none.
    """
    values = _by_target(text, output.targets)
    columns = [pl.Series(name, [value]) for name, value in values.items()]
    match output.task:
        case Task.REGRESSION:
            found = [numbers(column, Rows.count(1))[0] for column in columns]
            return torch.tensor(found if len(found) == 1 else [found], dtype=torch.float64)
        case Task.MULTILABEL:
            return torch.tensor([[int(labels(column, Rows.count(1))[0]) for column in columns]])
    return torch.tensor([_class(texts(columns[0])[0], output)])


def _by_target(text: str, targets: tuple[str, ...]) -> dict[str, Cell]:
    if len(targets) == 1:
        return {targets[0]: composed(text)}
    given = cells(text, "true")
    value = given if isinstance(given, dict) else dict(zip(targets, given, strict=False))
    if len(given) != len(targets) or value.keys() != {*targets} or None in value.values():
        raise ConfigError(f"true={text}: required: a value for each of the {len(targets)} targets, {listed(targets)}")
    return {name: value[name] for name in targets}


def _class(name: str, output: OutputSpec) -> int:
    if name not in output.classes:
        raise ConfigError(f"true={name}: {output.name!r} has no such class; there are: {listed(output.classes)}")
    return output.classes.index(name)
