"""A trained model as one file, for programs without Rookery.

    python -m src.export model=RUN format=onnx output=FILE.onnx                  for onnxruntime, in any language
    python -m src.export model=RUN format=onnx output=FILE.onnx quantize=int8    smaller; says what that costs
    python -m src.export model=RUN format=pt2 output=FILE.pt2                    for torch.export.load
    python -m src.export model=RUN format=bundle output=FILE.zip                 for Rookery elsewhere: model=FILE.zip

RUN is a run folder, an exported bundle (FILE.zip), an MLflow run id or models:/name@alias. The file takes raw columns
and gives probabilities and class names (or numbers); it is written only if it answers raw test rows as the model does.
FILE.onnx.md beside it says how it is asked and what was proved.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from src.command_line import exit_code

SUFFIXES = {"onnx": ".onnx", "pt2": ".pt2", "bundle": ".zip"}
OPTIONS = {
    "model": "the run: model=FOLDER, an exported bundle, an MLflow run id or models:/name@alias",
    "format": f"what for: format={', format='.join(SUFFIXES)}",
    "output": "the file: output=FILE.onnx, FILE.pt2 or FILE.zip",
    "quantize": "of ONNX: quantize=int8",
    "allow_custom": "allow_custom=true lets a model that is a network of its own (model=custom) run its code",
}


def export(arguments: Sequence[str]) -> None:
    """Raises ConfigError for wrong options, MachineError for a damaged bundle or a file that would answer otherwise."""
    from src import arguments as command_line
    from src.model_folder import bundle_folder

    options = command_line.read(arguments, OPTIONS, required=["model", "format", "output"])
    _check(options)
    allowed = command_line.switch(options, "allow_custom")
    folder, path = bundle_folder(options["model"]), Path(options["output"])
    from src.exporting.export import export

    proved = export(folder, options["format"], path, options.get("quantize") == "int8", allowed)
    print(f"{'written':<12}{path} ({path.stat().st_size:,} bytes)")
    print("\n".join(f"{'proved':<12}{sentence}" for sentence in proved))


def _check(options: dict[str, str]) -> None:
    from src.errors import ConfigError

    format, output = options["format"], Path(options["output"])
    if format not in SUFFIXES:
        raise ConfigError(f"format={format}: must be one of {', '.join(SUFFIXES)}")
    if output.suffix.lower() != SUFFIXES[format]:
        raise ConfigError(f"output={output}: must end in {SUFFIXES[format]} for format={format}")
    if not output.parent.is_dir():
        raise ConfigError(f"output={output}: the folder {output.parent} does not exist; make it first")
    if (quantize := options.get("quantize", "int8")) != "int8":
        raise ConfigError(f"quantize={quantize}: must be int8")
    if "quantize" in options and format != "onnx":
        raise ConfigError(f"quantize: has an effect with format=onnx only, not with {format}")


def main() -> int:
    if not sys.argv[1:] or sys.argv[1] in ("-h", "--help"):
        print(__doc__)
        return 0
    return exit_code(lambda: export(sys.argv[1:]))


if __name__ == "__main__":
    sys.exit(main())
