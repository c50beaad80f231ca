"""One word, two Unicode forms: composed (é) and decomposed (e and an accent) are the same name and the same cell."""

import json
from pathlib import Path
from typing import Any
from unicodedata import normalize

import polars as pl
import pytest

from src.config.dataset import Dataset
from src.data.names import with_composed_names
from src.data.prepare import prepare
from src.data.source import read_table
from src.errors import DataError

SIZE, KIND, LABEL = "größe", "espèce", "élan"


def keys(form: str) -> dict[str, Any]:
    """Every place of the YAML where a name or a cell can stand, in one form."""
    size, kind, label = (normalize(form, word) for word in (SIZE, KIND, LABEL))  # type: ignore[arg-type]
    return {
        "name": "t",
        "target": kind,
        "classes": ["b", label],
        "columns": {"numeric": [f"{size} 2"]},
        "derive": {f"{size} 2": f'"{size}" * 2'},
        "where": f"{kind} in ('b', '{label}')",
        "log": [f"{size} 2"],
        "split": {"by": "group", "column": size},
    }


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("extension", ["csv", "parquet", "arrow", "jsonl", "xlsx"])
def test_a_name_in_the_yaml_finds_its_column_in_whichever_form(tmp_path: Path, extension: str, form: str) -> None:
    other = "NFD" if form == "NFC" else "NFC"
    table = pl.DataFrame({SIZE: [*range(30)], KIND: ["b", LABEL] * 15}, schema={SIZE: pl.Float64, KIND: pl.String})
    table = table.select(pl.all().name.map(lambda name: normalize(other, name)))  # type: ignore[arg-type]
    table = table.with_columns(pl.col(pl.String).str.normalize(other))  # type: ignore[arg-type]
    path = tmp_path / f"t.{extension}"
    match extension:
        case "csv":
            table.write_csv(path)
        case "parquet":
            table.write_parquet(path)
        case "arrow":
            table.write_ipc(path)
        case "jsonl":
            table.write_ndjson(path)
        case "xlsx":
            table.write_excel(path)
    prepared = prepare(Dataset.model_validate({**keys(form), "path": str(path)}), tmp_path)
    assert prepared.features.output.classes == ("b", LABEL)
    assert prepared.features.input.numeric == (f"{SIZE} 2",)


@pytest.mark.parametrize("extension", ["parquet", "arrow", "jsonl"])
def test_two_columns_of_one_name_are_refused(tmp_path: Path, extension: str) -> None:
    row = {normalize("NFC", SIZE): 1, normalize("NFD", SIZE): 2}
    path = tmp_path / f"t.{extension}"
    match extension:
        case "parquet":
            pl.DataFrame([row]).write_parquet(path)
        case "arrow":
            pl.DataFrame([row]).write_ipc(path)
        case "jsonl":
            path.write_text(json.dumps(row))
    with pytest.raises(DataError, match=f"two columns are called '{SIZE}', in two Unicode forms; rename one"):
        read_table(path, [])


def test_columns_of_a_frame_are_found_in_whichever_form() -> None:
    assert with_composed_names(pl.DataFrame({normalize("NFD", SIZE): [1]})).columns == [SIZE]
