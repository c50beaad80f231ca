"""Writes conf/dataset/NAME.yaml from a table: kinds of columns, task, markers of missing cells, each with a remark.

    python -m src.init FILE target=COLUMN       target may be left out if a column is called target, label, class or y
    python -m src.init FILE name=NAME           instead of the file's own name
    python -m src.init FILE folder=MY_CONF      MY_CONF/dataset/NAME.yaml, for --config-dir=MY_CONF; else in conf/
    python -m src.init FILE csv.separator=";"   how the file is written, as under dataset.csv
    python -m src.init FILE force=true          replaces the file if there is one
    python -m src.init train=FILE test=FILE     files for each part; validation=FILE may be added

FILE is what dataset.path may be: also https://..., s3://bucket/key, book.xlsx (sheet=NAME if it has several), and
sqlite:///shop.db or postgresql://user@host/database with query="select ...".

Then read the file through, and: python -m src.check dataset=NAME; python -m src.train dataset=NAME
"""

import re
import sys
from collections.abc import Mapping, Sequence
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from src.command_line import exit_code
from src.errors import ConfigError, MachineError

if TYPE_CHECKING:
    from src.config.dataset import Dataset

PARTS = ("train", "validation", "test")
OPTIONS = {
    "query": "for a database: query=SQL, whose rows are the table",
    "format": "of a file whose extension does not say it: format=csv",
    "sheet": "of an Excel workbook: sheet=NAME",
    **{part: f"files for that part, in place of FILE: {part}=FILE" for part in PARTS},
    "target": "the column to predict: target=NAME, or several: target=[NAME,NAME]",
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

    known = OPTIONS | {f"csv.{key}": "see dataset.csv" for key in Csv.model_fields}
    is_option = bool(arguments) and arguments[0].partition("=")[0] in known
    table = None if is_option or not arguments else arguments[0]
    options = command_line.read(arguments if table is None else arguments[1:], known)
    if (table is None) != ("train" in options and "test" in options) or (table and {*options} & {*PARTS}):
        raise ConfigError(
            "the first argument must be the file: python -m src.init FILE target=NAME; or name one for each part: "
            "train=FILE test=FILE, and validation=FILE if there is one"
        )
    if options.get("force", "true") not in ("true", "false"):
        raise ConfigError(f"force={options['force']}: must be true or false")
    name = options.get("name") or _name(table or options["train"])
    if not re.fullmatch(r"[\w-][\w. -]*", name):
        raise ConfigError(f"name={name}: must be letters, digits, blanks and . _ - only")
    folder = Path(options["folder"]) if "folder" in options else CONF
    file = folder / "dataset" / f"{name}.yaml"
    if file.exists() and options.get("force") != "true":
        raise ConfigError(f"{file} is there already; choose name=ANOTHER, or force=true to replace it")
    if folder.resolve() != CONF and (CONF / "dataset" / file.name).exists():
        raise ConfigError(f"conf/dataset/{file.name} has the same name and would win; choose name=ANOTHER")
    return _write(file, name, _source(table, options), _targets(options.get("target")))


def _name(path: str) -> str:
    """The file's own name, or for a pattern that of its folder, without its extension and signs."""
    parts = [part.split(".")[0] for part in unquote(urlsplit(path).path).split("/")]
    plain = [re.sub(r"[^\w. -]", "_", part).strip() for part in parts if re.search(r"\w", part) and not has_magic(part)]
    return plain[-1] if plain else "table"


def _targets(text: str | None) -> list[str]:
    """NAME or [NAME, NAME]; none if there is no text."""
    import yaml

    if text is None or not re.fullmatch(r"\[.*\]", text):
        return [] if text is None else [text]
    try:
        names = yaml.load(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError:
        names = None
    if not names or not all(isinstance(name, str) for name in names):
        raise ConfigError(f"target={text}: required: a column or a list of columns like [a, b]")
    return list(names)


def _source(file: str | None, options: Mapping[str, str]) -> "Dataset":
    """A description that says where the table is and how it is written, and nothing true about its columns.

    Raises ConfigError with every mistake.
    """
    import yaml
    from pydantic import ValidationError

    from src.config.dataset import Dataset

    csv = {key.removeprefix("csv."): value for key, value in options.items() if key.startswith("csv.")}
    path = file or {part: options[part] for part in PARTS if part in options}
    keys = {
        **{key: options[key] for key in ("query", "format", "sheet") if key in options},
        "csv": {key: yaml.safe_load(value) if value.isalnum() else value for key, value in csv.items()},
        "split": {"by": "stratified" if file else "files"},
    }
    try:
        return Dataset.model_validate({"name": "-", "target": "-", "columns": {"auto": True}, "path": path, **keys})
    except ValidationError as error:
        mistakes = [(".".join(map(str, each["loc"])), each["msg"]) for each in error.errors()]
        raise ConfigError(
            *(f"{key}: {message}".removeprefix(": Value error, ") for key, message in mistakes)
        ) from None


def _write(file: Path, name: str, source: "Dataset", targets: list[str]) -> Path:
    from src import dataset_file
    from src.atomic import write_bytes
    from src.data.draft import draft
    from src.machine import ROOT

    content = dataset_file.text(draft(source, ROOT, targets), name)
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
