import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

from src.config.dataset import Dataset
from src.data.prepare import prepare
from src.errors import DataError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    rng = np.random.default_rng(1)
    size = rng.normal(10, 2, 60).round(3)
    text = pl.Series(["low", "mid", "high"] * 20)
    table = {"id": range(60), "size": size, "zero": [0, 1] * 30, "colour": ["red", "blue", "NA"] * 20, "level": text}
    pl.DataFrame(table).write_csv(tmp_path / "t.csv")
    return tmp_path / "t.csv"


def dataset(path: Path | str, **options: Any) -> Dataset:
    options = {"columns": {"numeric": ["size"], "categorical": ["colour"]}, **options}
    return Dataset.model_validate({"name": "t", "path": str(path), "target": "level", **options})


def test_parts_hold_what_the_file_says_in_their_rows(path: Path) -> None:
    prepared = prepare(dataset(path, missing={"markers": ["NA"]}), path.parent)
    table = pl.read_csv(path)
    assert [len(part) for part in prepared.parts.values()] == [42, 9, 9]
    for part in prepared.parts.values():
        rows = table[part.row.numpy() - 1]
        assert part.x_num[:, 0].tolist() == rows["size"].cast(pl.Float32).to_list()
        assert [["high", "low", "mid"][code] for code in part.y] == rows["level"].to_list()
        assert [["unseen", "NA", "blue", "red"][code] for code in part.x_cat[:, 0]] == rows["colour"].to_list()


def test_parts_are_what_encode_gives_for_the_raw_rows(path: Path) -> None:
    config = dataset(path, columns={"numeric": ["tenth"], "categorical": ["zero"]}, derive={"tenth": "size / 10"})
    prepared = prepare(config, path.parent)
    table = pl.read_csv(path)
    for part in prepared.parts.values():
        x_num, x_cat = prepared.features.encode(table[part.row.numpy() - 1])
        assert x_num.equal(part.x_num)
        assert x_cat.equal(part.x_cat)


def test_garbage_in_validation_and_test_rows_leaves_what_is_fitted_alone(path: Path, tmp_path: Path) -> None:
    config = dataset(
        path, columns={"numeric": ["size", "tenth"], "categorical": ["zero"]}, derive={"tenth": "size / 10"}
    )
    clean = prepare(config, path.parent)
    kept = set(clean.parts["train"].row.tolist())
    poison = pl.Series([row not in kept for row in range(1, 61)])
    table = pl.read_csv(path).with_columns(pl.when(poison).then(9e9).otherwise(pl.col("size", "zero")).name.keep())
    (tmp_path / "poisoned").mkdir()
    table.write_csv(tmp_path / "poisoned" / "t.csv")
    poisoned = prepare(config.model_copy(update={"path": str(tmp_path / "poisoned" / "t.csv")}), path.parent)
    assert poisoned.features.to_dict() == clean.features.to_dict()
    assert poisoned.parts["train"].x_num.equal(clean.parts["train"].x_num)
    assert not poisoned.parts["test"].x_num.equal(clean.parts["test"].x_num)


def test_facts_say_what_was_used(path: Path) -> None:
    config = dataset(path, where="zero = 1", missing={"markers": ["NA"]})
    facts = prepare(config, path.parent).facts
    assert facts["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert facts["rows"] == {"table": 60, "used": 30, "train": 21, "validation": 6, "test": 3}
    assert facts["dropped"] == ["id"]
    assert facts["classes"] == {"high": 7, "low": 7, "mid": 7}
    assert facts["missing"] == {"size": 0, "colour": 10}
    assert json.loads(json.dumps(facts)) == facts


def test_where_keeps_rows_and_their_numbers_in_the_file(path: Path) -> None:
    parts = prepare(dataset(path, where="id >= 30 and size is not null"), path.parent).parts.values()
    assert sorted(torch.cat([part.row for part in parts]).tolist()) == list(range(31, 61))


def test_where_drops_a_bad_cell_before_anyone_looks_at_it(path: Path) -> None:
    path.write_text(path.read_text() + "60,broken,0,red,low\n61,0,0,red,low\n")
    columns = {"numeric": ["inverse", "size"]}
    config = dataset(path, columns=columns, derive={"inverse": "1 / try_cast(size as float)"}, where="id < 60")
    assert prepare(config, path.parent).facts["rows"]["used"] == 60


def test_a_bad_cell_in_a_column_that_nobody_uses_is_no_matter(path: Path) -> None:
    path.write_text(path.read_text() + "inf,9.5,0,red,low\n")
    assert prepare(dataset(path), path.parent).facts["rows"]["used"] == 61


def test_a_bad_cell_is_named_with_column_row_line_and_remedy(path: Path) -> None:
    path.write_text(path.read_text() + '60,9,0,"two\nlines",low\n61,broken,0,red,low\n')
    sentence = r"column 'size' row 62 \(line 64\) of .*t\.csv: 'broken' is not a number; list .* columns\.categorical"
    with pytest.raises(DataError, match=sentence):
        prepare(dataset(path), path.parent)


@pytest.mark.parametrize("cell", ["nan", "inf"])
def test_a_feature_with_nan_or_inf_is_refused_with_its_row(path: Path, cell: str) -> None:
    path.write_text(path.read_text() + f"60,{cell},0,red,low\n")
    with pytest.raises(DataError, match=r"column 'size' row 61 \(line 62\) of .*is not a finite number"):
        prepare(dataset(path), path.parent)


def test_a_target_may_be_derived_and_is_not_needed_to_predict(path: Path) -> None:
    columns = {"numeric": ["zero"]}
    prepared = prepare(dataset(path, target="log_size", columns=columns, derive={"log_size": "ln(size)"}), path.parent)
    sizes = pl.read_csv(path)["size"].to_numpy()
    part = prepared.parts["test"]
    np.testing.assert_allclose(part.y.numpy(), np.log(sizes[part.row.numpy() - 1]), rtol=1e-15)
    assert part.y.dtype == torch.float64
    assert prepared.facts["classes"] == {}
    assert prepared.features.raw_columns == {"zero": "number"}


def test_a_path_is_looked_for_here_and_then_in_the_project(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert prepare(dataset("t.csv"), path.parent).facts["path"] == "t.csv"
    monkeypatch.chdir(path.parent)
    assert prepare(dataset("t.csv"), path.parent / "elsewhere").facts["path"] == "t.csv"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"columns": {"numeric": ["sise", "idd", "zzz"]}},
            r"no column 'sise' \(did you mean 'size'\?\), 'idd' .*, 'zzz';",
        ),
        ({"target": "lvel"}, r"t\.csv: no column 'lvel' \(did you mean 'level'\?\); there are: id, size, zero"),
        ({"derive": {"x": "sise / 2"}}, r"derive\.x: 'sise / 2': no column 'sise' \(did you mean 'size'\?\)"),
        ({"derive": {"size": "zero * 2"}}, r"derive: 'size' is a column of .* already; take another name"),
        ({"derive": {"x": "level"}, "columns": {"numeric": ["x"]}}, "'x' is calculated from the target 'level'"),
        ({"where": "size"}, "where: 'size' must be true or false for each row, it gives numbers"),
        ({"where": "size > 1000"}, "where: 'size > 1000' leaves none of the 60 rows"),
        ({"where": "sise > 1"}, "where: 'sise > 1': no column 'sise'"),
        ({"columns": {"numeric": ["x"]}, "derive": {"x": "size / zero"}}, r"gives inf in row 1 \(line 2\) of"),
        ({"target": "id", "task": "multiclass"}, r"class '0' has 1 row \(row 1\); a stratified split needs 3"),
    ],
)
def test_a_description_that_the_table_contradicts_is_refused(
    path: Path, options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(DataError, match=sentence):
        prepare(dataset(path, **options), path.parent)
