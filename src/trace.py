"""Follows one row through a trained network, as a lesson does: inputs, weighted sums, activations, the answer.

    python -m src.trace model=RUN row=[37.3,16.8,19.2,30.0]                a list of the features, or {column: value}
    python -m src.trace model=RUN row=[37.3,16.8,19.2,30.0] true=Adelie    also the loss, and its gradient back
    python -m src.trace model=RUN row=[37.3,16.8,19.2,30.0] html=FILE.html also a page with pictures; svg=FILE.svg

RUN and row= are those of src.predict, and so are the numbers. true= takes a class or a number, of several targets a
list in their order or {target: value}. Layers of more than 16 neurons are told by mean, standard deviation and the
strongest of them; networks that have such layers, or more than six, are drawn as blocks.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from src.command_line import exit_code

OPTIONS = {
    "model": "the run: model=FOLDER, an MLflow run id or models:/name@alias",
    "row": "the row: row=[37.3,16.8,19.2,30.0] or row={column: value}",
    "true": "what the row really is: true=Adelie, a number, or for several targets a list or mapping",
    "svg": "a picture: svg=FILE.svg",
    "html": "a page with text and pictures: html=FILE.html",
    "allow_custom": "allow_custom=true lets a model that is a network of its own (model=custom) run its code",
}


def trace(arguments: Sequence[str]) -> None:
    """Raises ConfigError for wrong options, DataError for wrong cells, MachineError for a damaged bundle."""
    from src import arguments as command_line
    from src.model_folder import bundle_folder

    options = command_line.read(arguments, OPTIONS, required=["model", "row"])
    allowed = command_line.switch(options, "allow_custom")
    for key in {"svg", "html"} & {*options}:
        command_line.check_file(key, options[key], f".{key}")
    folder = bundle_folder(options["model"])
    from src.inference import Predictor
    from src.rows import from_text
    from src.tracing import page, picture, text
    from src.tracing.trace import trace
    from src.tracing.truth import truth

    predictor = Predictor.load(folder, allow_custom=allowed)
    known = truth(options["true"], predictor.features.output) if "true" in options else None
    traced = trace(predictor, from_text(options["row"], predictor.features), known)
    print(text.as_text(traced))
    if "svg" in options:
        picture.write(traced, Path(options["svg"]))
    if "html" in options:
        page.write(traced, Path(options["html"]))


def main() -> int:
    if not sys.argv[1:] or sys.argv[1] in ("-h", "--help"):
        print(__doc__)
        return 0
    return exit_code(lambda: trace(sys.argv[1:]))


if __name__ == "__main__":
    sys.exit(main())
