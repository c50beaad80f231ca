"""What a finished run answered on its test rows, back from predictions.parquet to what the metrics take."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
import torch
from torch import Tensor

from src.comparison.finished import Finished
from src.errors import MachineError
from src.heads.head import Prediction
from src.metrics.evaluate import evaluate
from src.spec import OutputSpec


@dataclass(frozen=True)
class Answers:
    """All in the order of the rows' numbers. `truth`: as it stands in the table, a column for each target."""

    run: Finished
    output: OutputSpec
    row: Tensor
    truth: pl.DataFrame
    weight: Tensor
    """float64 [n], 1 where rows have no weight."""
    prediction: Prediction
    y: Tensor

    def metrics(self, names: Sequence[str], counts: Tensor | None = None) -> dict[str, float]:
        """`counts` int64 [n]: how often each row counts, for a resample of the rows; a metric that is undefined on
        them is left out."""
        weight = self.weight if counts is None else self.weight * counts
        return evaluate(self.prediction, self.y, self.output, weight, names) if weight.any() else {}

    def score(self) -> Tensor:
        """Of each row, float64 [n], higher is better: 1 if its class is right, the share of its labels that are, or
        the negative of the absolute error; of several numbers their mean, each in standard deviations of its truth."""
        point, y = (each.reshape(len(self.y), -1) for each in (self.prediction.point, self.y))
        if self.output.answers:
            return (point == y).double().mean(1)
        spread = y.std(0, correction=0) if len(self.output.targets) > 1 else torch.ones(1, dtype=torch.float64)
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
        return Answers(run, output, table["row"].to_torch(), truth, weight, _prediction(table, output), y)
    except (OSError, ValueError, KeyError, pl.exceptions.PolarsError) as error:
        raise MachineError(
            f"{run.folder} is not whole ({error}); required of a finished run: {path.name} and bundle/{bundle.name}."
        ) from None


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
