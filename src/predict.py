"""Predictions of a trained model.

    python -m src.predict model=RUN input=new.csv output=predictions.csv      a table; out: CSV or Parquet
    python -m src.predict model=RUN row=[37.3,16.8,19.2,30.0]                 one row: its features in order
    python -m src.predict model=RUN "row={island: Biscoe, body_mass_g: 3000}" one row: columns by name, others missing

RUN is a run folder, an MLflow run id or models:/name@alias. Missing cells and categories never seen are allowed.
"""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from src.command_line import exit_code

if TYPE_CHECKING:
    from src.inference import Predictor

OPTIONS = {
    "model": "the run: model=FOLDER, an MLflow run id or models:/name@alias",
    "input": "a table to predict: input=FILE, of any kind that can be trained on",
    "output": "where the predictions go: output=FILE.csv or .parquet",
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
    folder = bundle_folder(options["model"])
    from src.inference import Predictor

    predictor = Predictor.load(folder)
    if "row" in options:
        _one_row(predictor, options["row"])
    else:
        _table(predictor, options["input"], options["output"])


def _one_row(predictor: "Predictor", text: str) -> None:
    from src.rows import from_text

    frame = from_text(text, predictor.features)
    predictions, notes = predictor.predict_with_notes(frame)
    for note in notes:
        print(note, file=sys.stderr)
    answer = predictions.row(0, named=True)
    for name, value in answer.items():
        if name != "prediction":
            print(f"{name.removeprefix('probability_'):<20}{value:.6f}")
    print(f"{predictor.features.output.target:<20}{answer['prediction']}")


def _table(predictor: "Predictor", source: str, target: str) -> None:
    from src.rows import check_output, read, write

    check_output(target)
    frame = read(source, predictor.features, predictor.bundle.facts["config"]["dataset"])
    predictions, notes = predictor.predict_with_notes(frame)
    for note in notes:
        print(note, file=sys.stderr)
    write(predictions, target)
    print(f"{len(predictions)} rows predicted: {target}")


def main() -> int:
    if not sys.argv[1:] or sys.argv[1] in ("-h", "--help"):
        print(__doc__)
        return 0
    return exit_code(lambda: predict(sys.argv[1:]))


if __name__ == "__main__":
    sys.exit(main())
