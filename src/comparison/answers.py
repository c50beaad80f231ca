"""What a finished run, or a cross-validation, answered on its test rows: back from predictions.parquet to what the
metrics take."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import polars as pl
import torch
from torch import Tensor

from src.comparison.finished import Finished
from src.errors import DataError, MachineError
from src.heads.head import Prediction
from src.metrics.evaluate import evaluate
from src.spec import OutputSpec


@dataclass(frozen=True)
class Part:
    """Of the rows that one network answered; `place` int64 [m]: where they stand among those of `Answers`."""

    place: Tensor
    prediction: Prediction
    y: Tensor


@dataclass(frozen=True)
class Answers:
    """All in the order of the rows' numbers. `truth`: as it stands in the table, a column for each target. `parts`: one
    of a run, of a cross-validation one for each fold."""

    run: Finished
    output: OutputSpec
    row: Tensor
    truth: pl.DataFrame
    weight: Tensor
    """float64 [n], 1 where rows have no weight."""
    y: Tensor
    parts: tuple[Part, ...]

    @property
    def is_single(self) -> bool:
        """Each row was answered once."""
        return sum(len(part.place) for part in self.parts) == len(self.row)

    def metrics(self, names: Sequence[str], counts: Tensor | None = None) -> dict[str, float]:
        """Means over the parts. `counts` int64 [n]: how often each row counts, for a resample of the rows; a metric
        that is undefined on those of a part is left out."""
        weight = self.weight if counts is None else self.weight * counts
        each = [self._measured(part, weight[part.place], names) for part in self.parts]
        return {name: fmean(found[name] for found in each) for name in each[0] if all(name in found for found in each)}

    def _measured(self, part: Part, weight: Tensor, names: Sequence[str]) -> dict[str, float]:
        return evaluate(part.prediction, part.y, self.output, weight, names) if weight.any() else {}

    def score(self) -> Tensor:
        """Of each row, float64 [n], higher is better: 1 if its class is right, the share of its labels that are, or
        the negative of the absolute error; of several numbers their mean, each in standard deviations of its truth.
        The mean over the parts that answered it."""
        total, answered = torch.zeros(len(self.row), dtype=torch.float64), torch.zeros(len(self.row))
        for part in self.parts:
            total[part.place] += self._score(part)
            answered[part.place] += 1
        return total / answered

    def _score(self, part: Part) -> Tensor:
        point, y = (each.reshape(len(part.y), -1) for each in (part.prediction.point, part.y))
        if self.output.answers:
            return (point == y).double().mean(1)
        several = len(self.output.targets) > 1
        spread = self.y.std(0, correction=0) if several else torch.ones(1, dtype=torch.float64)
        return -((point - y).abs() / torch.where(spread > 0, spread, 1.0)).mean(1)


def answers_of(run: Finished) -> Answers:
    """Raises MachineError if the folder of the run is not whole."""
    path, bundle = run.folder / "predictions.parquet", run.folder / "bundle" / "bundle.json"
    try:
        table = pl.read_parquet(path).sort("row")
        output = OutputSpec.from_dict(json.loads(bundle.read_bytes())["features"]["output"])
        weighted = table if "weight" in table.columns else table.with_columns(weight=1.0)
        weight = weighted["weight"].cast(pl.Float64).to_torch()
        y, truth = _numbers(table, "truth", output), table.select(output.columns("truth"))
        only = Part(torch.arange(len(table)), _prediction(table, output), y)
        return Answers(run, output, table["row"].to_torch(), truth, weight, y, (only,))
    except (OSError, ValueError, KeyError, pl.exceptions.PolarsError) as error:
        raise MachineError(
            f"{run.folder} is not whole ({error}); required of a finished run: {path.name} and bundle/{bundle.name}."
        ) from None


def together(run: Finished, folds: Sequence[Answers]) -> Answers:
    """`run`: the cross-validation. Raises DataError if its folds do not answer alike."""
    for fold in folds[1:]:
        if fold.output != folds[0].output:
            raise DataError(
                f"{run.folder} cannot be compared as a whole: {folds[0].run.folder} and {fold.run.folder} do not know "
                f"the same classes; required: each class in the train rows of each fold. Name them in dataset.classes."
            )
    row, place = torch.unique(torch.cat([fold.row for fold in folds]), return_inverse=True)
    where = torch.empty_like(row)
    where[place] = torch.arange(len(place))  # of rows that several folds have, one of them
    truth = pl.concat([fold.truth for fold in folds])[where.tolist()]
    weight, y = torch.cat([fold.weight for fold in folds])[where], torch.cat([fold.y for fold in folds])[where]
    places = place.split([len(fold.row) for fold in folds])
    parts = tuple(Part(own, fold.parts[0].prediction, fold.y) for own, fold in zip(places, folds, strict=True))
    return Answers(run, folds[0].output, row, truth, weight, y, parts)


def _prediction(table: pl.DataFrame, output: OutputSpec) -> Prediction:
    """The inverse of `src.inference.table`."""
    beside = {name: _numbers(table, f"prediction_{name}", output) for name in output.beside}
    probability = torch.empty(0, 0)
    if output.answers:
        probability = table.select(f"probability_{name}" for name in output.answers).to_torch(dtype=pl.Float64)
    return Prediction(_numbers(table, "prediction", output), probability, beside)


def _numbers(table: pl.DataFrame, what: str, output: OutputSpec) -> Tensor:
    """Class indices int64 [n]; labels int64 [n, labels]; values float64 [n], of several targets [n, targets]."""
    if output.task.has_classes:
        return table[what].replace_strict(output.classes, range(len(output.classes)), return_dtype=pl.Int64).to_torch()
    kind = pl.Int64 if output.answers else pl.Float64
    numbers = table.select(output.columns(what)).to_torch(dtype=kind)
    return numbers.squeeze(1) if len(output.targets) == 1 else numbers
