"""The JSON schemas that make an editor complete and check the YAML."""

from pathlib import Path
from typing import Any

import pytest

from src.config.document import read
from src.config.groups import CONF
from src.schema import FOLDER, as_text, schemas

SCHEMAS = schemas()
TYPES = {"string": str, "number": int | float, "integer": int, "boolean": bool, "array": list, "object": dict}


def fits(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> bool:
    """The part of JSON schema that is used here."""
    if "$ref" in schema:
        return fits(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    if "anyOf" in schema and not any(fits(value, each, root) for each in schema["anyOf"]):
        return False
    if not _has_type(value, schema.get("type")) or value not in schema.get("enum", [schema.get("const", value)]):
        return False
    match value:
        case dict():
            return _fits_section(value, schema, root)
        case list():
            items = schema.get("items", {})
            return len(value) >= schema.get("minItems", 0) and all(fits(item, items, root) for item in value)
        case int() | float():
            return bool(value >= schema.get("minimum", value) and value > schema.get("exclusiveMinimum", value - 1))
    return True


def _has_type(value: Any, kind: str | None) -> bool:
    if kind is None or value is None:
        return kind in (None, "null")
    return kind != "null" and isinstance(value, TYPES[kind]) and isinstance(value, bool) == (kind == "boolean")


def _fits_section(value: dict[str, Any], schema: dict[str, Any], root: dict[str, Any]) -> bool:
    known, extra = schema.get("properties", {}), schema.get("additionalProperties", True)
    for key, item in value.items():
        allowed = known.get(key, extra)
        if allowed is False or (allowed is not True and not fits(item, allowed, root)):
            return False
    return "then" not in schema or "defaults" in value or set(schema["then"]["required"]) <= value.keys()


def schema_of(path: Path) -> dict[str, Any]:
    """The one that the file names in its comment."""
    [line] = [line for line in path.read_text().splitlines() if line.startswith("# yaml-language-server: $schema=")]
    file = (path.parent / line.partition("=")[2]).resolve()
    assert file.parent == FOLDER
    return SCHEMAS[file.name]


def test_the_committed_schemas_are_those_of_the_classes() -> None:
    """If this fails: python -m src.schema"""
    assert {path.name: path.read_text() for path in FOLDER.iterdir()} == {
        name: as_text(schema) for name, schema in SCHEMAS.items()
    }


@pytest.mark.parametrize("path", sorted(CONF.rglob("*.yaml")), ids=lambda path: str(path.relative_to(CONF)))
def test_each_file_of_conf_fits_the_schema_that_it_names(path: Path) -> None:
    schema = schema_of(path)
    data = read(path).data
    assert fits(data, schema, schema)
    assert not fits({**data, "hiden": 3}, schema, schema)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("model.json", {"name": "mlp", "hidden": []}),
        ("model.json", {"name": "mlp", "activation": "rellu"}),
        ("optimizer.json", {"name": "adam", "lr": 0}),
        ("optimizer.json", {"name": "adam", "momentum": 0.9}),
        ("optimizer.json", {"lr": 0.1}),
        ("dataset.json", {"name": "x", "path": "x.csv"}),
        ("experiment.json", {"model": {"hiden": [3]}}),
        ("experiment.json", {"trainer": {"early_stopping": {"patience": 0}}}),
    ],
)
def test_wrong_files_do_not_fit(name: str, data: dict[str, Any]) -> None:
    assert not fits(data, SCHEMAS[name], SCHEMAS[name])


def test_a_file_that_builds_on_another_may_be_partial() -> None:
    assert fits({"defaults": ["adam", "_self_"], "lr": 0.1}, SCHEMAS["optimizer.json"], SCHEMAS["optimizer.json"])


def test_every_section_and_its_keys_carry_their_sentence() -> None:
    mlp = SCHEMAS["model.json"]["$defs"]["Mlp"]
    assert mlp["properties"]["hidden"]["description"] == "Neurons of each hidden layer."
    assert mlp["description"].startswith("Multi-layer perceptron")
