"""A resolved configuration as a file of its own, `config.yaml` of a run folder; and what it was composed of."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from src.atomic import write_bytes
from src.config.config import Config
from src.config.document import read, write
from src.config.origins import Origins
from src.config.validate import validate
from src.errors import ConfigError


def as_text(config: Config) -> str:
    """YAML of every key, defaults too, under a comment with the hash."""
    return f"# configuration {config.hash}\n{write(config.to_dict())}"


def save(config: Config, path: Path) -> None:
    """Raises MachineError if it cannot be written; there is never half a file."""
    write_bytes(path, as_text(config).encode())


def save_raw(files: Mapping[str, str], overrides: Sequence[str], folder: Path) -> None:
    """What was composed, before anything was resolved: the YAML files as they stood, laid out like conf/, and the words
    of the command line in overrides.yaml."""
    typed = "".join(f"- {json.dumps(text, ensure_ascii=False)}\n" for text in overrides) or "[]\n"
    for name, text in {**files, "overrides.yaml": typed}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_bytes(folder / name, text.encode())


def load(path: Path, allow_custom: bool = False) -> Config:
    """Raises ConfigError with every mistake, each with its line, if the file was changed into something wrong; also if
    its network is code and `allow_custom`, the person's word for running it, is not given."""
    document = read(path)
    origins = Origins()
    origins.add_file((), document)
    config, mistakes = validate(document.data, origins.of, allow_custom)
    if config is None:
        raise ConfigError(*mistakes.values())
    return config
