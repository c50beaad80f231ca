"""Predictions of a trained model.

    python -m src.predict model=RUN input=new.csv output=predictions.csv      a table, of any size
    python -m src.predict model=RUN input=new.parquet output=out.parquet "keep=[id,day]"   ids beside the predictions
    python -m src.predict model=RUN input=new.csv output=out.jsonl explain=true            what each column adds
    python -m src.predict model=RUN input=sqlite:///shop.db "query=select * from new" output=predictions.csv
    python -m src.predict model=RUN row=[37.3,16.8,19.2,30.0]                 one row: its features in order
    python -m src.predict model=RUN "row={island: Biscoe, body_mass_g: 3000}" one row: columns by name, others missing

CSV files are read as in training; keys like dataset.csv.decimal=, and dataset.csv.separator=";" say what is otherwise.
Out come CSV, Parquet, Arrow (.arrow, .feather) and JSON lines (.jsonl, .ndjson), by the extension; rows in their order.
RUN is a run folder, an exported bundle (FILE.zip), an MLflow run id or models:/name@alias. If its network is a Python
file of somebody's own (model=custom), allow_custom=true lets that be run. Missing cells and categories never seen are
allowed; a number so large that the network has no finite answer is not.

A model with sets of classes (prediction.coverage) gives them as the column prediction_set: in Parquet a list of names,
in CSV the names with | between them.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from src.command_line import exit_code

if TYPE_CHECKING:
    from src.inference import Predictor
    from src.spec import OutputSpec

CSV = ("separator", "decimal", "thousands", "quote", "encoding", "header", "comment", "skip_rows")
"""Keys of the section `dataset.csv`."""

OPTIONS = {
    "model": "the run: model=FOLDER, an MLflow run id or models:/name@alias",
    "input": "a table to predict: input=FILE, of any kind that can be trained on",
    "query": "the rows to predict: query=SQL, where input is a database; else as in training",
    "sheet": "of an Excel workbook: sheet=NAME; else as in training",
    "output": "where the predictions go: output=FILE.csv, .parquet, .arrow, .feather, .jsonl or .ndjson",
    "keep": "columns of the input that stand beside the predictions: keep=[id,name]",
    "explain": "explain=true adds attribution_<column>: its share in the probability of the class, or in the value",
    "allow_custom": "allow_custom=true lets a model that is a network of its own (model=custom) run its code",
    **{f"dataset.csv.{key}": f"of CSV files, if not as in training: dataset.csv.{key}=..." for key in CSV},
    "row": "one row to predict: row=[37.3,16.8,19.2,30.0]",
}


def predict(arguments: Sequence[str]) -> None:
    """Raises ConfigError for wrong options, DataError for wrong cells, MachineError for a damaged bundle."""
    from src import arguments as command_line
    from src.errors import ConfigError
    from src.model_folder import bundle_folder

    options = command_line.read(arguments, OPTIONS, required=["model"])
    if ("row" in options) == ("input" in options) or ("input" in options) != ("output" in options):
        raise ConfigError("required: either input=FILE and output=FILE, or row=[...]")
    if "row" in options and (other := {*options} - {"model", "row", "allow_custom"}):
        raise ConfigError(f"{min(other)}: has an effect with input only")
    allowed, explain = (command_line.switch(options, key) for key in ("allow_custom", "explain"))
    folder = bundle_folder(options["model"])
    from src.inference import Predictor

    predictor = Predictor.load(folder, allow_custom=allowed)
    if "row" in options:
        _one_row(predictor, options["row"])
    else:
        _table(predictor, options, explain)


def _one_row(predictor: "Predictor", text: str) -> None:
    from src.rows import from_text

    frame = from_text(text, predictor.features)
    predictions, notes = predictor.predict_with_notes(frame)
    for note in notes:
        print(note, file=sys.stderr)
    print("\n".join(_shown(predictions.row(0, named=True), predictor.features.output)))


def _shown(answer: dict[str, Any], output: "OutputSpec") -> list[str]:
    """A line for each class, then one for each target, of labels with their probability, then what lies beside it."""
    from src.data.names import shortened
    from src.data.table_writer import SEPARATOR

    lines = [f"{shortened(name):<19} {answer[f'probability_{name}']:.6f}" for name in output.classes]
    for name, column in zip(output.targets, output.columns("prediction"), strict=True):
        probability = None if output.classes else answer.get(f"probability_{name}")  # of a label
        beside = "" if probability is None else f"  {probability:.6f}"
        lines.append(f"{name:<19} {shortened(str(answer[column]))}{beside}")
    for name in output.beside:
        columns = zip(output.columns(f"prediction_{name}"), output.columns(name), strict=True)
        lines += [f"{shown:<19} {answer[column]}" for column, shown in columns]
    if output.has_sets:
        lines.append(f"{'set':<19} {SEPARATOR.join(map(shortened, answer['prediction_set']))}")
    return lines


def _table(predictor: "Predictor", options: dict[str, str], explain: bool) -> None:
    from src.predicted_table import PredictedTable
    from src.rows import check_apart, check_output, names, source

    check_output(target := options["output"])
    dataset = predictor.bundle.facts["config"]["dataset"]
    csv = {key: options[f"dataset.csv.{key}"] for key in CSV if f"dataset.csv.{key}" in options}
    rows = source(options["input"], dataset, options.get("query"), options.get("sheet"), csv)
    check_apart(target, rows)
    keep = names(options["keep"], "keep") if "keep" in options else []
    predicted = PredictedTable(predictor, rows, keep, explain)
    predicted.write(Path(target))
    for note in predicted.notes:
        print(note, file=sys.stderr)
    print(f"{predicted.rows} rows predicted: {target}")


def main() -> int:
    if not sys.argv[1:] or sys.argv[1] in ("-h", "--help"):
        print(__doc__)
        return 0
    return exit_code(lambda: predict(sys.argv[1:]))


if __name__ == "__main__":
    sys.exit(main())
