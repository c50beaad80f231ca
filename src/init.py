"""Writes conf/dataset/NAME.yaml from a table: kinds of columns, task, markers of missing cells, each with a remark.

    python -m src.init FILE target=COLUMN       target may be left out if a column is called target, label, class or y
    python -m src.init FILE name=NAME           instead of the file's own name
    python -m src.init FILE folder=MY_CONF      MY_CONF/dataset/NAME.yaml, for --config-dir=MY_CONF; else in conf/
    python -m src.init FILE csv.separator=";"   how the file is written, as under dataset.csv
    python -m src.init FILE force=true          replaces the file if there is one

Then read the file through, and: python -m src.check dataset=NAME; python -m src.train dataset=NAME
"""

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from src.command_line import exit_code
from src.errors import ConfigError, MachineError

OPTIONS = {
    "target": "the column to predict: target=NAME",
    "name": "of the data set and its file: name=NAME",
    "folder": "of configurations: folder=PATH",
    "force": "true replaces a file that is there",
}


def init(arguments: Sequence[str]) -> Path:
    """The file that was written. Raises ConfigError for wrong options or if it is there already, DataError for the
    table."""
    from src import arguments as command_line
    from src.config.groups import CONF
    from src.config.source import Csv

    if not arguments or "=" in arguments[0]:
        raise ConfigError("the first argument must be the file: python -m src.init FILE target=NAME")
    csv_keys = {f"csv.{key}": "see dataset.csv" for key in Csv.model_fields}
    options = command_line.read(arguments[1:], OPTIONS | csv_keys)
    if options.get("force", "true") not in ("true", "false"):
        raise ConfigError(f"force={options['force']}: must be true or false")
    name = options.get("name") or re.sub(r"[^\w. -]", "_", Path(arguments[0]).name.split(".")[0]).strip() or "table"
    if not re.fullmatch(r"[\w-][\w. -]*", name):
        raise ConfigError(f"name={name}: must be letters, digits, blanks and . _ - only")
    folder = Path(options["folder"]) if "folder" in options else CONF
    file = folder / "dataset" / f"{name}.yaml"
    if file.exists() and options.get("force") != "true":
        raise ConfigError(f"{file} is there already; choose name=ANOTHER, or force=true to replace it")
    return _write(file, name, arguments[0], options.get("target"), _csv(options))


def _csv(options: Mapping[str, str]) -> dict[str, Any]:
    """The values of csv.KEY=VALUE, as YAML would read them. Raises ConfigError with every mistake."""
    import yaml
    from pydantic import ValidationError

    from src.config.source import Csv

    given = {key.removeprefix("csv."): value for key, value in options.items() if key.startswith("csv.")}
    try:
        values = {key: yaml.safe_load(value) if value.isalnum() else value for key, value in given.items()}
        Csv.model_validate(values)
    except ValidationError as error:
        raise ConfigError(
            *(f"csv.{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        ) from None
    return values


def _write(file: Path, name: str, path: str, target: str | None, csv: dict[str, Any]) -> Path:
    from src import dataset_file
    from src.atomic import write_bytes
    from src.data.draft import draft

    content = dataset_file.text(draft(Path(path), target, csv), name, path)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(file, content.encode())
    except OSError as error:
        raise MachineError(f"{file} cannot be written: {error.strerror}") from None
    return file


def main() -> int:
    if not sys.argv[1:] or {"-h", "--help"} & {*sys.argv[1:]}:
        print(__doc__)
        return 0
    return exit_code(lambda: print(f"{init(sys.argv[1:])} written; read it through, then train with it"))


if __name__ == "__main__":
    sys.exit(main())
