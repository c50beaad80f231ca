"""JSON schemas of the YAML files, with which an editor completes and checks them: `python -m src.schema`.

Written to docs/schema; each file in conf/ names its schema in a comment that YAML editors understand.
"""

import json
import sys
from typing import Any

from pydantic import TypeAdapter

from src.atomic import write_bytes
from src.command_line import exit_code
from src.config.config import Config
from src.config.groups import PROJECT

FOLDER = PROJECT / "docs" / "schema"
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_DEFAULTS = {"type": "array", "description": "Files that are laid under this one (_self_: where this one comes)."}
_HYDRA = {
    "type": "object",
    "description": "Where the folders of runs and grids are.",
    "properties": {
        "output_subdir": {"type": "null"},
        "run": {"type": "object", "properties": {"dir": {"type": "string"}}, "additionalProperties": False},
        "sweep": {"type": "object", "properties": {"dir": {"type": "string"}}, "additionalProperties": False},
    },
    "additionalProperties": False,
}


def schemas() -> dict[str, dict[str, Any]]:
    """File name to schema: one for each group, `experiment.json` for overlays, `config.json` for conf/config.yaml."""
    groups = {name: field for name, field in Config.model_fields.items() if name != "seed"}
    found = {}
    for name, field in groups.items():
        kind: Any = field.annotation
        found[f"{name}.json"] = _group(TypeAdapter(kind).json_schema())
    overlay = _partial(Config.model_json_schema())
    overlay["properties"] = {"defaults": _DEFAULTS, **overlay["properties"]}
    found["experiment.json"] = overlay
    found["config.json"] = {**overlay, "properties": {**overlay["properties"], "hydra": _HYDRA}}
    return {name: {"$schema": _DRAFT, **schema} for name, schema in found.items()}


def _group(schema: dict[str, Any]) -> dict[str, Any]:
    """Complete, unless the file builds on another option of its group by `defaults`."""
    required = schema.get("required", ["name"] if "anyOf" in schema or "oneOf" in schema else [])
    schema = _partial(schema)
    whole = [schema] if "properties" in schema else [schema["$defs"][_name(each)] for each in schema["anyOf"]]
    for each in whole:
        each["properties"] = {"defaults": _DEFAULTS, **each["properties"]}
    return schema | {"if": {"not": {"required": ["defaults"]}}, "then": {"required": required}}


def _name(reference: dict[str, str]) -> str:
    return reference["$ref"].rpartition("/")[2]


def _partial(schema: Any) -> Any:
    """Nothing required; and `anyOf` for `oneOf`, because a part of a section fits several of its kinds."""
    match schema:
        case dict():
            kept = {key: value for key, value in schema.items() if key not in ("required", "discriminator")}
            return {("anyOf" if key == "oneOf" else key): _partial(value) for key, value in kept.items()}
        case list():
            return [_partial(item) for item in schema]
    return schema


def as_text(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def write() -> None:
    """Raises MachineError if the folder cannot be written to."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, schema in schemas().items():
        write_bytes(FOLDER / name, as_text(schema).encode())
    print(f"{len(schemas())} schemas written to {FOLDER}")


if __name__ == "__main__":
    sys.exit(exit_code(write))
